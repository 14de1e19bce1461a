// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.server.loop.Loop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;

/** A loop whose time stands still until a test moves it. Runs on the test's own thread. */
public final class FakeLoop implements Loop {
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final PriorityQueue<Due> timers =
      new PriorityQueue<>(
          Comparator.comparingLong((Due due) -> due.atNanos).thenComparingLong(due -> due.order));
  private long nowNanos = 1_000_000_000L;
  private long order;
  private boolean running;

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    Due due = new Due(nowNanos + delay.toNanos(), order++, task);
    timers.add(due);
    return () -> timers.remove(due);
  }

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public boolean inside() {
    return running;
  }

  @Override
  public void close() {
    tasks.clear();
    timers.clear();
  }

  /** Runs what waits, and what that brings. */
  public void run() {
    running = true;
    try {
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
    } finally {
      running = false;
    }
  }

  /** Runs this as a task of the loop, now. */
  public void run(Runnable task) {
    execute(task);
    run();
  }

  /** Lets time pass, timer by timer. */
  public void advance(Duration by) {
    long until = nowNanos + by.toNanos();
    run();
    while (!timers.isEmpty() && timers.peek().atNanos <= until) {
      Due due = timers.remove();
      nowNanos = Math.max(nowNanos, due.atNanos);
      run(due.task);
    }
    nowNanos = until;
    run();
  }

  /** Lets time pass while nothing runs, as in a stopped process; then runs what is overdue. */
  public void freeze(Duration by) {
    nowNanos += by.toNanos();
    advance(Duration.ZERO);
  }

  private record Due(long atNanos, long order, Runnable task) {}
}
