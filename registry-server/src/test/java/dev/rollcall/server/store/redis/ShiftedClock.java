// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.loop.Loop;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that runs, and that a test can put forward. It runs no tasks. */
final class ShiftedClock implements Loop {
  private final AtomicLong shiftNanos = new AtomicLong();

  void putForward(Duration by) {
    shiftNanos.addAndGet(by.toNanos());
  }

  @Override
  public long nanoTime() {
    return System.nanoTime() + shiftNanos.get();
  }

  @Override
  public void execute(Runnable task) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    throw new UnsupportedOperationException();
  }

  @Override
  public boolean inside() {
    return false;
  }

  @Override
  public void close() {}
}
