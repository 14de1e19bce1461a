// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import java.time.Duration;

/**
 * Holds back a target that comes and goes: each turn costs watchers and callers work. The first
 * fall and the first return are free; from then on a turn has to wait, 10 s after the last one at
 * first, twice as long each time up to 60 s. It falls back after two minutes without a turn. Times
 * are a loop's monotonic nanoseconds. Not thread-safe.
 */
final class Damping {
  static final Duration FIRST_HOLD = Duration.ofSeconds(10);
  static final Duration MOST_HOLD = Duration.ofSeconds(60);
  static final Duration QUIET = Duration.ofMinutes(2);
  private static final int FREE = 2;

  private int turns;
  private long lastTurnNanos;

  /** Whether a turn has to wait. */
  boolean holds(long nowNanos) {
    return turns > 0 && nowNanos - lastTurnNanos < holdNanos();
  }

  /** The record turned. */
  void turned(long nowNanos) {
    boolean quiet = turns > 0 && nowNanos - lastTurnNanos >= QUIET.toNanos();
    turns = quiet ? 1 : turns + 1;
    lastTurnNanos = nowNanos;
  }

  private long holdNanos() {
    long hold = turns < FREE ? 0 : FIRST_HOLD.toNanos();
    for (int turn = FREE; turn < turns && hold < MOST_HOLD.toNanos(); turn++) {
      hold *= 2;
    }
    return Math.min(hold, MOST_HOLD.toNanos());
  }
}
