// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;

/** A loop in the test's thread whose time passes only when the test says so. */
final class FakeLoop implements Loop {
  private record Waiting(long at, Runnable task) {}

  private final Queue<Runnable> ready = new ArrayDeque<>();
  private final List<Waiting> waiting = new ArrayList<>();
  private long now = 1;

  @Override
  public void execute(Runnable task) {
    ready.add(task);
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    var entry = new Waiting(now + delay.toNanos(), task);
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
    while (true) {
      var next = waiting.stream().min(Comparator.comparingLong(Waiting::at));
      if (next.isEmpty() || next.get().at > end) {
        break;
      }
      waiting.remove(next.get());
      now = next.get().at;
      next.get().task.run();
      run();
    }
    now = end;
  }
}
