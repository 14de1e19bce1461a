// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When most targets fail together, it is rather the prober's own network: then no failing verdicts.
 * For ten minutes at most; a fault that lasts longer is no longer taken for one's own. Times are a
 * loop's monotonic nanoseconds. Not thread-safe.
 */
final class SelfDoubt {
  /** Fewer targets say nothing about the prober. */
  static final int LEAST_TARGETS = 20;

  /** Of these targets at least this many were probed in the time that is looked at. */
  static final int LEAST_PROBED = 10;

  static final Duration MOST = Duration.ofMinutes(10);

  /** A pause after which doubt is a new doubt. */
  static final Duration APART = Duration.ofSeconds(60);

  private @Nullable Long beganNanos;
  private long lastNanos;
  private long times;

  /**
   * What was found since the row of failures began that is to be judged.
   *
   * @param targets probed at all
   * @param probed targets last known good that were probed in that time
   * @param failing how many of those failed last
   */
  record Round(int targets, int probed, int failing) {
    boolean suspicious() {
      return targets >= LEAST_TARGETS && probed >= LEAST_PROBED && failing * 2 > probed;
    }
  }

  /** Whether to believe oneself rather less than the targets. */
  boolean doubts(long nowNanos, Round round) {
    if (!round.suspicious()) {
      return false;
    }
    Long began = beganNanos;
    if (began == null || nowNanos - lastNanos > APART.toNanos()) {
      began = nowNanos;
      beganNanos = began;
      times++;
    }
    lastNanos = nowNanos;
    return nowNanos - began < MOST.toNanos();
  }

  /** Whether it doubted within this time. */
  boolean doubted(long nowNanos, Duration lately) {
    Long began = beganNanos;
    return began != null
        && nowNanos - lastNanos < lately.toNanos()
        && nowNanos - began < MOST.toNanos();
  }

  /** How often it began to doubt. */
  long times() {
    return times;
  }
}
