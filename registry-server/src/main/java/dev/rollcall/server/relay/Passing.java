// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

/** A message that is being passed on. */
public interface Passing {
  /** The sender takes another part. From any thread. */
  void more();
}
