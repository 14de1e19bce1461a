// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.lease;

import java.time.Duration;
import java.util.function.DoubleSupplier;

/**
 * When a client beats next: a third of its lease, at most a limit, and up to a tenth sooner at
 * random, so that clients that started together drift apart. From any thread, if the generator is.
 */
public final class Pacing {
  private final Duration most;
  private final DoubleSupplier random;

  /**
   * With the longest interval.
   *
   * @param random from 0 to 1, from any thread
   */
  public Pacing(Duration most, DoubleSupplier random) {
    this.most = most;
    this.random = random;
  }

  /** The time to the next beat of a lease. */
  public Duration next(Duration ttl) {
    Duration third = ttl.dividedBy(3);
    long nanos = (third.compareTo(most) < 0 ? third : most).toNanos();
    return Duration.ofNanos(nanos - (long) (nanos * 0.1 * random.getAsDouble()));
  }
}
