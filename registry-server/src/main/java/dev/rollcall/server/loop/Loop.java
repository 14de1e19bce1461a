// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.loop;

import java.time.Duration;
import java.util.concurrent.Executor;

/**
 * Runs tasks one after another, never two at a time, and owns the state that only they touch. Also
 * the only source of time: what takes a Loop can be tested with a fake one.
 *
 * <p>A task that throws is logged and does not end the loop. After {@code close} tasks are dropped.
 */
public interface Loop extends Executor, AutoCloseable {
  /** Runs the task after those already given. From any thread; never blocks. */
  @Override
  void execute(Runnable task);

  /** Runs the task on this loop after the delay. From any thread. */
  Timer schedule(Duration delay, Runnable task);

  /** Monotonic nanoseconds: only differences mean something. From any thread. */
  long nanoTime();

  /** Whether the caller runs on this loop. */
  boolean inside();

  /** Stops a state from being touched by a stranger: throws unless called on this loop. */
  default void assertInside() {
    if (!inside()) {
      throw new IllegalStateException("not on the loop that owns this state");
    }
  }

  /** Runs nothing more. Idempotent. */
  @Override
  void close();

  /** A scheduled task. */
  interface Timer {
    /** Does not run it, unless it runs already. From any thread; idempotent. */
    void cancel();
  }
}
