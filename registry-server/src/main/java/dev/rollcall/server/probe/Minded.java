// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.loop.Loop.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One target that is probed: its record, its schedule, its tally. On the probe loop, but for the
 * results, which anybody may read.
 */
final class Minded {
  private static final int KEPT_RESULTS = 10;

  final String namespace;
  final HealthCheck check;
  final HealthTally tally;
  final Damping damping = new Damping();
  Registration record;
  @Nullable Timer next;
  @Nullable Timer removal;
  @Nullable Visit visit;
  boolean hangs;

  /** When it stopped to serve; null while it serves. */
  @Nullable Long notServingSinceNanos;

  /** When the last probe that counts ended; null: none did. */
  @Nullable Long probedNanos;

  boolean failedLast;

  private volatile List<ProbeResult> results = List.of();

  Minded(String namespace, Registration record, HealthCheck check) {
    this.namespace = namespace;
    this.record = record;
    this.check = check;
    this.tally = new HealthTally(check, record.status(), record.revision());
  }

  /** Whether what is known of this one's health holds for another record. */
  boolean sameTarget(Registration other) {
    Instance mine = record.instance();
    Instance its = other.instance();
    return record.lease().equals(other.lease())
        && mine.address().equals(its.address())
        && mine.endpoints().equals(its.endpoints())
        && Objects.equals(mine.healthCheck(), its.healthCheck());
  }

  /** A newer record of the same target. */
  void told(Registration newer, long nowNanos) {
    if (newer.status() != record.status() && record.status() != Status.STARTING) {
      damping.turned(nowNanos);
    }
    record = newer;
    tally.told(newer.status(), newer.revision());
  }

  /** Newest first. From any thread. */
  List<ProbeResult> results() {
    return results;
  }

  void keep(ProbeResult result) {
    List<ProbeResult> all = new ArrayList<>(KEPT_RESULTS);
    all.add(result);
    all.addAll(results.subList(0, Math.min(results.size(), KEPT_RESULTS - 1)));
    results = List.copyOf(all);
  }

  /** A number of its own from 0 to an interval, the same on every day: spreads what is regular. */
  long phaseNanos(Duration interval) {
    long mixed = Objects.hash(namespace, record.key()) * 0x9E3779B97F4A7C15L;
    return (mixed >>> 1) % interval.toNanos();
  }

  /** Stops all that would happen to it. */
  void drop() {
    Visit under = visit;
    if (under != null) {
      under.drop();
    }
    Visit.cancel(next);
    Visit.cancel(removal);
  }
}
