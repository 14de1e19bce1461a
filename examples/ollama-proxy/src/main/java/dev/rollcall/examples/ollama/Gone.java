// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

/** Whether somebody still waits for an answer. From any thread. */
interface Gone {
  boolean isGone();

  /** Runs the task when nobody waits any more, at once if so already. Tasks must not block. */
  void onGone(Runnable task);
}
