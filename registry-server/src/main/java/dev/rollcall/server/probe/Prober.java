// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.probe.HealthTally.Turn;
import dev.rollcall.server.telemetry.Meters;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probes every instance that has a health check, and says when one has turned.
 *
 * <p>A target is probed at once and then at a phase of its own, so that targets which came together
 * are not probed together. It is probed on whatever its status is: that is how it comes back. A
 * verdict names the newest revision of the record that it is about, so a record that has become
 * another target meanwhile is never judged by what was found before.
 *
 * <p>Methods may be called from any thread and never block; all else is on the probe loop.
 */
public final class Prober implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Prober.class);
  private static final Duration HURRY_SPREAD = Duration.ofMillis(50);
  private static final Duration GIVE_UP_AGAIN = Duration.ofSeconds(5);

  private final Loop loop;
  private final InstantSource wallClock;
  private final Verdicts verdicts;
  private final Asker asker;
  private final Visit.Desk desk;
  private final Meters meters;
  private final SelfDoubt selfDoubt = new SelfDoubt();

  /** Written on the loop; read for results by anybody. */
  private final Map<Place, Minded> all = new ConcurrentHashMap<>();

  private volatile long suspicions;
  private volatile boolean closed;

  /**
   * Over the network.
   *
   * @param loop the probe loop; its owner closes it, after this
   * @param wallClock for display in results only
   * @param threads for one selector, one event loop and the bounded pools
   */
  public Prober(
      Loop loop,
      InstantSource wallClock,
      ProbeTargets targets,
      Verdicts verdicts,
      Meters meters,
      ThreadFactory threads) {
    this(
        loop,
        wallClock,
        new NetworkAsker(targets, Lanes.MOST_TLS, null, threads),
        verdicts,
        meters);
  }

  Prober(Loop loop, InstantSource wallClock, Asker asker, Verdicts verdicts, Meters meters) {
    this.loop = loop;
    this.wallClock = wallClock;
    this.verdicts = verdicts;
    this.asker = asker;
    this.meters = meters;
    this.desk = new Visit.Desk(loop, asker, new Lanes());
  }

  /** Is told what probes come to. Called on the probe loop; must not block. */
  public interface Verdicts {
    /**
     * Enough probes passed in a row: the instance serves.
     *
     * @param revision of the record that this is said of
     * @param text what was found, with numbers
     */
    void serving(String namespace, InstanceKey key, long revision, String text);

    /**
     * Enough probes failed in a row: the instance does not serve. Said again about once an interval
     * while the record stays what it is.
     */
    void failing(String namespace, InstanceKey key, long revision, String text);

    /** A probe passed of an instance whose probes renew its lease; for every single one. */
    void passed(String namespace, InstanceKey key, LeaseKey lease);

    /**
     * The instance has not served for as long as its check allows. Said again every few seconds
     * while the record stays what it is.
     */
    void giveUp(String namespace, InstanceKey key, long revision, Duration notServing);
  }

  /** A record is new or another. One without a health check is forgotten. */
  public void mind(String namespace, Registration registration) {
    loop.execute(() -> minded(new Place(namespace, registration.key()), registration));
  }

  /** A record is gone. */
  public void forget(String namespace, InstanceKey key) {
    loop.execute(() -> forgotten(new Place(namespace, key)));
  }

  /**
   * The instance's connection was lost: probes it at once. If it refuses or resets, that is enough
   * for a verdict; any other failure counts as one.
   */
  public void hurry(String namespace, InstanceKey key) {
    loop.execute(() -> hurried(all.get(new Place(namespace, key))));
  }

  /** The last results, newest first; none if the instance is not probed. */
  public List<ProbeResult> results(String namespace, InstanceKey key) {
    Minded minded = all.get(new Place(namespace, key));
    return minded == null ? List.of() : minded.results();
  }

  /** How often the prober began to suspect itself rather than its targets. */
  public long suspicions() {
    return suspicions;
  }

  /** Probes nothing more. Idempotent. */
  @Override
  public void close() {
    closed = true;
    loop.execute(() -> List.copyOf(all.keySet()).forEach(this::forgotten));
    asker.close();
  }

  private void minded(Place place, Registration registration) {
    HealthCheck check = registration.instance().healthCheck();
    Minded known = all.get(place);
    if (check == null || closed) {
      forgotten(place);
    } else if (known != null && known.sameTarget(registration)) {
      known.told(registration, loop.nanoTime());
      watchRemoval(known);
    } else {
      forgotten(place);
      Minded fresh = new Minded(place.namespace(), registration, check);
      all.put(place, fresh);
      watchRemoval(fresh);
      // at its phase, but not right after the first
      schedule(fresh, check.interval().dividedBy(2));
      visit(fresh, Visit.Reason.SCHEDULE);
    }
  }

  private void forgotten(Place place) {
    Minded known = all.remove(place);
    if (known != null) {
      known.drop();
    }
  }

  private void hurried(@Nullable Minded minded) {
    if (minded != null) {
      Duration spread = Duration.ofNanos(minded.phaseNanos(HURRY_SPREAD));
      loop.schedule(spread, () -> visitLost(minded));
    }
  }

  private void visitLost(Minded minded) {
    if (current(minded)) {
      Visit under = minded.visit;
      if (under != null) {
        // it began before the loss: its answer may be one from better times
        under.drop();
      }
      visit(minded, Visit.Reason.LOST);
    }
  }

  private boolean current(Minded minded) {
    return all.get(new Place(minded.namespace, minded.record.key())) == minded;
  }

  /** The next probe at this target's phase, no sooner than after this time. */
  private void schedule(Minded minded, Duration atLeast) {
    long interval = minded.check.interval().toNanos();
    long earliest = loop.nanoTime() + atLeast.toNanos();
    long phase = minded.phaseNanos(minded.check.interval());
    long at = earliest + Math.floorMod(phase - earliest, interval);
    minded.next = loop.schedule(Duration.ofNanos(at - loop.nanoTime()), () -> due(minded));
  }

  private void due(Minded minded) {
    schedule(minded, minded.check.interval().dividedBy(2));
    if (minded.visit == null) {
      visit(minded, Visit.Reason.SCHEDULE);
    }
  }

  private void visit(Minded minded, Visit.Reason reason) {
    Visit visit =
        new Visit(
            desk,
            minded.record,
            minded.check,
            reason,
            minded.hangs,
            (over, finding) -> found(minded, over, finding));
    minded.visit = visit;
    visit.begin();
  }

  private void found(Minded minded, Visit visit, Finding finding) {
    long now = loop.nanoTime();
    boolean passed = finding.kind() == Finding.Kind.PASSED;
    minded.visit = null;
    meters.probed(minded.check.question().protocol(), finding.kind(), visit.took());
    minded.keep(new ProbeResult(wallClock.instant(), visit.took(), passed, finding.detail()));
    if (finding.kind() == Finding.Kind.UNTRIED) {
      return;
    }
    minded.hangs = finding.kind() == Finding.Kind.SILENT;
    minded.probedNanos = now;
    minded.failedLast = !passed;
    Turn turn = counted(minded, visit, finding);
    if (passed && minded.record.instance().probeRenewsLease()) {
      verdicts.passed(minded.namespace, minded.record.key(), minded.record.lease());
    }
    if (turn != null) {
      judge(minded, turn);
    }
  }

  private @Nullable Turn counted(Minded minded, Visit visit, Finding finding) {
    long now = loop.nanoTime();
    return switch (finding.kind()) {
      case PASSED -> minded.tally.passed(now, visit.took());
      case ABSENT ->
          visit.reason() == Visit.Reason.LOST
              ? minded.tally.vanished(now, finding.detail())
              : minded.tally.failed(now, finding.detail());
      default -> minded.tally.failed(now, finding.detail());
    };
  }

  private void judge(Minded minded, Turn turn) {
    long now = loop.nanoTime();
    if (!turn.steady() && minded.damping.holds(now)) {
      return;
    }
    InstanceKey key = minded.record.key();
    if (turn.passed()) {
      verdicts.serving(minded.namespace, key, turn.revision(), turn.text());
    } else if (turn.sure() || !doubts(minded, turn)) {
      verdicts.failing(minded.namespace, key, turn.revision(), turn.text());
    }
  }

  /** Weighs all that was found since the row began; or in an interval, for a row of one. */
  private boolean doubts(Minded minded, Turn turn) {
    long interval = minded.check.interval().toNanos();
    long ago = Math.max(loop.nanoTime() - turn.sinceNanos(), interval);
    int probed = 0;
    int failing = 0;
    for (Minded other : all.values()) {
      Long at = other.probedNanos;
      if (at != null && loop.nanoTime() - at <= ago && other.record.status() == Status.SERVING) {
        probed++;
        failing += other.failedLast ? 1 : 0;
      }
    }
    SelfDoubt.Round round = new SelfDoubt.Round(all.size(), probed, failing);
    boolean doubts = selfDoubt.doubts(loop.nanoTime(), round);
    if (selfDoubt.times() != suspicions) {
      suspicions = selfDoubt.times();
      log.warn(
          "{} of {} instances that were well fail their probes together: suspecting this"
              + " registry's own network, no instance is marked as not serving",
          failing,
          probed);
    }
    return doubts;
  }

  private void watchRemoval(Minded minded) {
    if (minded.record.status() != Status.NOT_SERVING) {
      minded.notServingSinceNanos = null;
      Visit.cancel(minded.removal);
      minded.removal = null;
    } else if (minded.notServingSinceNanos == null) {
      minded.notServingSinceNanos = loop.nanoTime();
      if (!minded.check.removeAfter().isZero()) {
        minded.removal = loop.schedule(minded.check.removeAfter(), () -> giveUp(minded));
      }
    }
  }

  private void giveUp(Minded minded) {
    Long since = minded.notServingSinceNanos;
    if (since == null || !current(minded)) {
      return;
    }
    long now = loop.nanoTime();
    if (!selfDoubt.doubted(now, GIVE_UP_AGAIN)) {
      verdicts.giveUp(
          minded.namespace,
          minded.record.key(),
          minded.record.revision(),
          Duration.ofNanos(now - since));
    }
    minded.removal = loop.schedule(GIVE_UP_AGAIN, () -> giveUp(minded));
  }

  private record Place(String namespace, InstanceKey key) {}
}
