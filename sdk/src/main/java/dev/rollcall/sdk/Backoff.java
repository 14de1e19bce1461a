// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The waits between attempts: doubling from a first to a longest, each between half and all of it.
 *
 * <p>gRPC's own schedule grows to two minutes, which is too long to stay blind after the registry
 * is back. Runs on the session's loop.
 */
final class Backoff {
  private final Duration first;
  private final Duration longest;
  private final RandomGenerator random;
  private Duration next;

  Backoff(Duration first, Duration longest, RandomGenerator random) {
    this.first = first;
    this.longest = longest;
    this.random = random;
    this.next = first;
  }

  /** 100 ms to 2 s. */
  static Backoff standard(RandomGenerator random) {
    return new Backoff(Duration.ofMillis(100), Duration.ofSeconds(2), random);
  }

  Duration next() {
    Duration ceiling = next;
    next = ceiling.multipliedBy(2).compareTo(longest) < 0 ? ceiling.multipliedBy(2) : longest;
    return jittered(ceiling);
  }

  /** Between half of it and all of it, so that many clients do not come back at one moment. */
  Duration jittered(Duration ceiling) {
    long half = ceiling.toNanos() / 2;
    return Duration.ofNanos(half + random.nextLong(half + 1));
  }

  void reset() {
    next = first;
  }
}
