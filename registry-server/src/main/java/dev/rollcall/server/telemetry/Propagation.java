// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.telemetry;

import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long changes take from their commit to the transport of a watcher: the last few thousand
 * measurements in a ring. Written from any thread without a lock; a reader may see a measurement
 * twice or miss one, which no quantile notices.
 */
public final class Propagation {
  private static final int KEPT = 1 << 13;

  private final AtomicLongArray nanos = new AtomicLongArray(KEPT);
  private final AtomicLong count = new AtomicLong();
  private final Timer all;

  /**
   * With nothing measured.
   *
   * @param all gets every measurement too
   */
  Propagation(Timer all) {
    this.all = all;
  }

  /** The quantiles of what is kept. */
  public record Quantiles(Duration p50, Duration p99, long count) {}

  /** Adds a measurement. */
  public void record(long tookNanos) {
    nanos.set((int) (count.getAndIncrement() & (KEPT - 1)), tookNanos);
    all.record(tookNanos, TimeUnit.NANOSECONDS);
  }

  /** Half and 99 % of the kept measurements took at most this long; zero without any. */
  public Quantiles quantiles() {
    long measured = count.get();
    int kept = (int) Math.min(measured, KEPT);
    long[] sorted = new long[kept];
    for (int i = 0; i < kept; i++) {
      sorted[i] = nanos.get(i);
    }
    Arrays.sort(sorted);
    return new Quantiles(at(sorted, 0.50), at(sorted, 0.99), measured);
  }

  private static Duration at(long[] sorted, double share) {
    return sorted.length == 0
        ? Duration.ZERO
        : Duration.ofNanos(sorted[(int) Math.ceil(share * sorted.length) - 1]);
  }
}
