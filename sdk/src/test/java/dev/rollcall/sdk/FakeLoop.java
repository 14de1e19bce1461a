// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;

/** A loop in the test's thread whose time passes only when the test says so. */
final class FakeLoop implements Loop {
  private record Waiting(long at, long turn, Runnable task) {}

  private final Queue<Runnable> ready = new ArrayDeque<>();
  private final Queue<Waiting> waiting =
      new PriorityQueue<>(Comparator.comparingLong(Waiting::at).thenComparingLong(Waiting::turn));
  private long now = 1;
  private long turn;

  @Override
  public void execute(Runnable task) {
    ready.add(task);
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    var entry = new Waiting(now + delay.toNanos(), turn++, task);
    waiting.add(entry);
    return () -> waiting.remove(entry);
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public void assertInside() {}

  void run() {
    while (!ready.isEmpty()) {
      ready.remove().run();
    }
  }

  void pass(Duration time) {
    long end = now + time.toNanos();
    run();
    for (var next = waiting.peek(); next != null && next.at <= end; next = waiting.peek()) {
      waiting.remove();
      now = next.at;
      next.task.run();
      run();
    }
    now = end;
  }
}
