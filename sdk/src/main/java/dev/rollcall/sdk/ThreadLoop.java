// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A loop on a daemon thread of its own. After {@link #close()} tasks are dropped. */
final class ThreadLoop implements Loop, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ThreadLoop.class);

  private final ScheduledThreadPoolExecutor executor;
  private volatile @Nullable Thread thread;

  ThreadLoop(String name) {
    executor = new ScheduledThreadPoolExecutor(1, task -> start(task, name));
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    executor.setRejectedExecutionHandler((task, pool) -> {});
  }

  private Thread start(Runnable task, String name) {
    var made = new Thread(task, name);
    made.setDaemon(true);
    thread = made;
    return made;
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(() -> run(task));
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    ScheduledFuture<?> future =
        executor.schedule(() -> run(task), delay.toNanos(), TimeUnit.NANOSECONDS);
    return () -> future.cancel(false);
  }

  /** A task's bug must not stop the beats of everything else in the process. */
  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      log.error("a task of the session failed; the session goes on", e);
    }
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public void assertInside() {
    if (Thread.currentThread() != thread) {
      throw new IllegalStateException("not on the session's loop: " + Thread.currentThread());
    }
  }

  @Override
  public void close() {
    executor.shutdown();
  }
}
