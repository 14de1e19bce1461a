// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

/** One call on its way to Redis, with whoever wants to know what became of it. On its lane. */
interface Job {
  /** Whose master it is for. */
  int shard();

  /** What to run. Called when it is about to leave. */
  Call call();

  /**
   * It ran; or Redis refused to run it, which is an answer too.
   *
   * @param answer a list, or a JedisDataException
   * @return whether to send it again
   */
  boolean answered(Object answer);

  /** It may have run or not, or never left: nothing could be asked. True: send it again. */
  boolean interrupted();

  /** Whether it waits for the connection to come back, rather than fail at once. */
  boolean patient();
}
