// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.lease;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Whether nearly nobody of a namespace is heard, which is more likely the registry's network than
 * everybody's end. A doubt outlives the silence for a while: who comes back does so one after
 * another, and a look at some of many may miss it.
 *
 * <p>On the lease loop.
 */
public final class CommonSilence {
  private static final int MANY = 20;
  private static final double NEARLY_ALL = 0.9;

  /** Most find back within a lease of the usual term. */
  private static final Duration OUTLIVES = Duration.ofSeconds(10);

  /** A silence that begins again so soon is the same: so the dead go in the end. */
  private static final Duration SAME_WITHIN = Duration.ofMinutes(3);

  private final Map<String, Doubt> doubts = new HashMap<>();

  private record Doubt(long sinceNanos, long lastNanos) {}

  /**
   * Somebody looked.
   *
   * @param leases how many there are in all
   * @param looked at how many of them was looked
   * @param silent how many of those have missed two beats
   */
  public void looked(String namespace, long leases, long looked, long silent, long nowNanos) {
    if (leases < MANY || looked == 0 || silent < NEARLY_ALL * looked) {
      return;
    }
    doubts.merge(
        namespace,
        new Doubt(nowNanos, nowNanos),
        (known, fresh) ->
            nowNanos - known.lastNanos > SAME_WITHIN.toNanos()
                ? fresh
                : new Doubt(known.sinceNanos, nowNanos));
  }

  /** Whether no lease lapses for now: for so long at most, then silence is what it is. */
  public boolean holds(String namespace, Duration most, long nowNanos) {
    Doubt doubt = doubts.get(namespace);
    return doubt != null
        && nowNanos - doubt.lastNanos < OUTLIVES.toNanos()
        && nowNanos - doubt.sinceNanos < most.toNanos();
  }
}
