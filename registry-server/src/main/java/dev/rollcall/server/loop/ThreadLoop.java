// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.loop;

import java.time.Duration;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A loop with a thread of its own. Tasks go through a lock-free queue; the thread parks only when
 * there is nothing to do, so a busy loop costs its callers no system call.
 */
public final class ThreadLoop implements Loop {
  private static final Logger log = LoggerFactory.getLogger(ThreadLoop.class);

  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final PriorityQueue<Due> timers =
      new PriorityQueue<>((a, b) -> Long.signum(a.atNanos - b.atNanos));
  private final Thread thread;
  private volatile boolean parked;
  private volatile boolean closed;

  /** Starts a daemon thread of this name. */
  public ThreadLoop(String name) {
    thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void execute(Runnable task) {
    tasks.offer(task);
    if (parked) {
      LockSupport.unpark(thread);
    }
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    Due due = new Due(nanoTime() + delay.toNanos(), task);
    execute(() -> timers.add(due));
    return due;
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public boolean inside() {
    return Thread.currentThread() == thread;
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    if (!inside()) {
      boolean interrupted = false;
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void run() {
    while (!closed) {
      long waitNanos = runDueTimers();
      Runnable task = tasks.poll();
      if (task != null) {
        runSafely(task);
      } else {
        park(waitNanos);
      }
    }
  }

  /** Runs what is due and answers how long the next timer waits; -1 without one. */
  private long runDueTimers() {
    Due next = timers.peek();
    while (next != null) {
      long waitNanos = next.atNanos - nanoTime();
      if (waitNanos > 0) {
        return waitNanos;
      }
      timers.remove();
      Runnable task = next.task;
      if (task != null) {
        runSafely(task);
      }
      next = timers.peek();
    }
    return -1;
  }

  private void park(long waitNanos) {
    parked = true;
    // a task given between the poll and the line above was given without an unpark
    if (tasks.isEmpty() && !closed) {
      if (waitNanos < 0) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, waitNanos);
      }
    }
    parked = false;
  }

  @SuppressWarnings("CatchAndPrintStackTrace")
  private void runSafely(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | AssertionError e) {
      log.error("a task of loop {} failed; the loop goes on", thread.getName(), e);
    }
  }

  /** A task and its time; the task is null once it was cancelled. */
  private static final class Due implements Timer {
    private final long atNanos;
    private volatile @Nullable Runnable task;

    Due(long atNanos, Runnable task) {
      this.atNanos = atNanos;
      this.task = task;
    }

    @Override
    public void cancel() {
      task = null;
    }
  }
}
