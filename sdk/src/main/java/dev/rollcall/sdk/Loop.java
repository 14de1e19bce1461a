// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;
import java.util.concurrent.Executor;

/** One task at a time, in order: the only writer of a session's state, and its clock. */
interface Loop extends Executor {
  /** Runs the task once after the delay, unless cancelled before. */
  Timer schedule(Duration delay, Runnable task);

  /** Monotonic time; only differences mean something. */
  long nanoTime();

  /** Fails when the caller is not one of this loop's tasks. */
  void assertInside();

  /** A task that may still be taken back. */
  interface Timer {
    /** A timer for nothing. */
    Timer NONE = () -> {};

    void cancel();
  }
}
