// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;

/** A loop whose timers run sixty times as fast. */
record HurriedLoop(ThreadLoop loop) implements Loop {
  @Override
  public void execute(Runnable task) {
    loop.execute(task);
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    return loop.schedule(delay.dividedBy(60), task);
  }

  @Override
  public long nanoTime() {
    return loop.nanoTime();
  }

  @Override
  public void assertInside() {
    loop.assertInside();
  }
}
