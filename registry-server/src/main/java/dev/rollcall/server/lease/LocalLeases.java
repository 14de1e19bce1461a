// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.lease;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.telemetry.Meters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Leases of a registry that is a single server, in its memory: when each registered instance was
 * last heard, and which have gone quiet.
 *
 * <p>Time is the leases' clock: milliseconds that run on from what the store remembered, and only
 * while this server runs. Wall clocks play no part. What the registry itself missed never counts
 * against a lease: a sweep that comes more than {@link #LATE} late was an outage, and after an
 * outage of length d that ended at g, no lease ends before g + its TTL + min(d, 150 s).
 *
 * <p>Sweeps run on the lease loop. {@link #renew} may be called from any thread and answers at
 * once; {@link #hold} and {@link #drop} come from the ledger loop, in the order of changes.
 */
public final class LocalLeases implements Leases {
  private static final Duration SWEEP_EVERY = Duration.ofMillis(200);
  private static final long TRY_AGAIN_MILLIS = 1_000;
  private static final long COUNT_EVERY_MILLIS = 500;
  private static final long NEVER = Long.MIN_VALUE / 2;

  private final Loop loop;
  private final Listener listener;
  private final Meters meters;
  private final Map<Owner, List<Held>> byLease = new ConcurrentHashMap<>();
  private final Map<Place, Held> byRecord = new ConcurrentHashMap<>();
  private final Queue<Held> newlyHeard = new ConcurrentLinkedQueue<>();

  // the lease loop only
  private final CommonSilence everybody = new CommonSilence();
  private final Map<String, Long> countedMillis = new HashMap<>();
  private final Deadlines deadlines = new Deadlines();
  private long nextSweepNanos;
  private long sweptMillis;

  private volatile long originNanos;
  private volatile long originMillis;
  private volatile long graceEndMillis = NEVER;
  private volatile long outageEndMillis = NEVER;

  /** Leases that are not swept yet. */
  public LocalLeases(Loop loop, Listener listener, Meters meters) {
    this.loop = loop;
    this.listener = listener;
    this.meters = meters;
  }

  /** Sets the clock before anything is held. */
  public void setClock(long clockMillis) {
    originNanos = loop.nanoTime();
    originMillis = clockMillis;
  }

  @Override
  public void start() {
    loop.execute(
        () -> {
          nextSweepNanos = loop.nanoTime();
          sweep();
        });
  }

  /** The leases' clock. From any thread. */
  public long nowMillis() {
    return originMillis + (loop.nanoTime() - originNanos) / 1_000_000;
  }

  @Override
  public void hold(String namespace, Registration registration) {
    put(Held.heard(namespace, registration, nowMillis()));
  }

  @Override
  public void revise(String namespace, Registration registration, boolean connectionLost) {
    Held held = byRecord.get(new Place(namespace, registration.key()));
    if (held != null) {
      held.revise(registration.revision(), connectionLost);
    }
  }

  /**
   * A record that the store held when the server started.
   *
   * @param sinceMillis the leases' clock at the first start since which it was not heard
   * @param graceMillis what the outage before that start adds to its lease
   */
  public void holdUnheard(
      String namespace, Registration registration, long sinceMillis, long graceMillis) {
    put(Held.unheard(namespace, registration, sinceMillis, graceMillis));
  }

  @Override
  public void drop(String namespace, InstanceKey key) {
    Held held = byRecord.remove(new Place(namespace, key));
    if (held != null) {
      forget(held);
    }
  }

  @Override
  public CompletableFuture<Outcome<Renewed>> renew(String namespace, List<LeaseKey> leases) {
    return from(namespace, leases, 0, new Renewal.Tally());
  }

  @Override
  public CompletableFuture<Outcome<Renewed>> renew(
      String namespace, LeaseKey lease, InstanceKey key) {
    // it may be gone when what else the lease holds has been renewed
    return renew(namespace, List.of(lease))
        .thenApply(
            renewed -> holds(new Place(namespace, key), lease) ? renewed : Renewed.nothing(lease));
  }

  private boolean holds(Place place, LeaseKey lease) {
    Held held = byRecord.get(place);
    return held != null && held.lease.equals(lease);
  }

  private CompletableFuture<Outcome<Renewed>> from(
      String namespace, List<LeaseKey> leases, int first, Renewal.Tally tally) {
    for (int i = first; i < leases.size(); i++) {
      Renewal renewal = renew(namespace, leases.get(i));
      if (renewal instanceof Renewal.Undecided undecided) {
        int again = i;
        return undecided.decided().thenCompose(decided -> from(namespace, leases, again, tally));
      }
      tally.add(leases.get(i), renewal);
    }
    return CompletableFuture.completedFuture(new Outcome.Done<>(tally.renewed()));
  }

  /** Renews all that a lease holds, or says when that can be told. */
  Renewal renew(String namespace, LeaseKey lease) {
    List<Held> all = byLease.get(new Owner(namespace, lease));
    if (all == null) {
      return new Renewal.Unknown();
    }
    long now = nowMillis();
    long ttl = Long.MAX_VALUE;
    for (Held held : all) {
      long before = held.heardMillis();
      if (!held.renew(now)) {
        return new Renewal.Undecided(held.decided());
      }
      if (before != Held.LAPSING) {
        meters.late(Duration.ofMillis(Math.max(0, now - before - held.ttlMillis / 3)));
      }
      if (held.firstHeard()) {
        newlyHeard.add(held);
      }
      if (held.lost()) {
        listener.heardAgain(namespace, held.key);
      }
      ttl = Math.min(ttl, held.ttlMillis);
    }
    return new Renewal.Renewed(Duration.ofMillis(ttl));
  }

  @Override
  public CompletableFuture<Optional<Duration>> silence(String namespace, InstanceKey key) {
    return CompletableFuture.completedFuture(silent(namespace, key));
  }

  private Optional<Duration> silent(String namespace, InstanceKey key) {
    Held held = byRecord.get(new Place(namespace, key));
    if (held == null || !held.heardSinceStart()) {
      return Optional.empty();
    }
    long heardMillis = held.heardMillis();
    return heardMillis == Held.LAPSING
        ? Optional.empty()
        : Optional.of(Duration.ofMillis(Math.max(0, nowMillis() - heardMillis)));
  }

  @Override
  public CompletableFuture<Optional<Duration>> remaining(String namespace, InstanceKey key) {
    Held held = byRecord.get(new Place(namespace, key));
    if (held == null || held.heardMillis() == Held.LAPSING) {
      return CompletableFuture.completedFuture(Optional.of(Duration.ZERO));
    }
    long millis = Math.max(0, endOf(held, held.heardMillis()) - nowMillis());
    return CompletableFuture.completedFuture(Optional.of(Duration.ofMillis(millis)));
  }

  @Override
  public boolean mostlySilent(String namespace, Duration most) {
    loop.assertInside();
    Long counted = countedMillis.get(namespace);
    long now = nowMillis();
    if (counted == null || now - counted >= COUNT_EVERY_MILLIS) {
      countedMillis.put(namespace, now);
      countSilent(namespace, now);
    }
    return everybody.holds(namespace, most, loop.nanoTime());
  }

  private void countSilent(String namespace, long now) {
    int all = 0;
    int silent = 0;
    for (Map.Entry<Place, Held> entry : byRecord.entrySet()) {
      if (entry.getKey().namespace().equals(namespace)) {
        Held held = entry.getValue();
        long heardMillis = held.heardMillis();
        all++;
        silent += heardMillis == Held.LAPSING || now - heardMillis > 0.6 * held.ttlMillis ? 1 : 0;
      }
    }
    everybody.looked(namespace, all, all, silent, loop.nanoTime());
  }

  @Override
  public Duration calmFor() {
    return Duration.ofMillis(nowMillis() - outageEndMillis);
  }

  @Override
  public boolean heard(String namespace, InstanceKey key) {
    Held held = byRecord.get(new Place(namespace, key));
    return held != null && held.heardSinceStart();
  }

  /** What a restart needs to know; each first beat is told once. On the lease loop. */
  public Memory memory() {
    loop.assertInside();
    List<Held> heard = new ArrayList<>();
    for (Held held = newlyHeard.poll(); held != null; held = newlyHeard.poll()) {
      heard.add(held);
    }
    // the clock as of the last sweep: whoever beat before that has been taken note of by now
    return new Memory(
        sweptMillis, heard.stream().map(held -> new Place(held.namespace, held.key)).toList());
  }

  /** The leases' clock, and whose first beats since the start came since the last time. */
  public record Memory(long clockMillis, List<Place> heard) {}

  /** A record in its namespace. */
  public record Place(String namespace, InstanceKey key) {}

  /** How many leases are filed under their ends. On the lease loop. */
  int filed() {
    loop.assertInside();
    return deadlines.size();
  }

  private void put(Held held) {
    Held before = byRecord.put(new Place(held.namespace, held.key), held);
    // the new one first: a beat in between must find something to renew
    byLease.merge(
        new Owner(held.namespace, held.lease),
        List.of(held),
        (known, one) -> {
          List<Held> more = new ArrayList<>(known);
          more.addAll(one);
          return List.copyOf(more);
        });
    if (before != null) {
      forget(before);
    }
    loop.execute(() -> deadlines.add(held, endOf(held, held.heardMillis())));
  }

  private void forget(Held held) {
    byLease.computeIfPresent(
        new Owner(held.namespace, held.lease),
        (owner, known) -> {
          List<Held> rest = known.stream().filter(other -> other != held).toList();
          return rest.isEmpty() ? null : rest;
        });
    if (held.firstHeard()) {
      newlyHeard.add(held);
    }
    held.drop();
    loop.execute(() -> deadlines.remove(held));
  }

  private void sweep() {
    loop.assertInside();
    long now = loop.nanoTime();
    Duration late = Duration.ofNanos(now - nextSweepNanos);
    if (late.compareTo(LATE) > 0) {
      grace(late, nowMillis());
    }
    sweptMillis = nowMillis();
    deadlines.due(sweptMillis, this::look);
    nextSweepNanos = loop.nanoTime() + SWEEP_EVERY.toNanos();
    loop.schedule(SWEEP_EVERY, this::sweep);
  }

  private void grace(Duration length, long endedMillis) {
    Duration grace = length.compareTo(MOST_GRACE) < 0 ? length : MOST_GRACE;
    outageEndMillis = Math.max(outageEndMillis, endedMillis);
    graceEndMillis = Math.max(graceEndMillis, endedMillis + grace.toMillis());
  }

  private void look(Held held) {
    if (held.dropped()) {
      return;
    }
    long heardMillis = held.heardMillis();
    long end = endOf(held, heardMillis);
    if (end > sweptMillis) {
      deadlines.add(held, end);
    } else if (held.lapse(heardMillis)) {
      Duration silence = Duration.ofMillis(sweptMillis - heardMillis);
      var unused =
          listener
              .lapsed(held.namespace, held.key, held.revision(), silence)
              .whenCompleteAsync((decided, failure) -> settle(held, heardMillis), loop);
    } else {
      deadlines.add(held, sweptMillis + held.ttlMillis);
    }
  }

  private void settle(Held held, long heardMillis) {
    held.settle(heardMillis);
    // a removal drops the lease before it is answered: whatever else was decided, this one goes on
    if (!held.dropped()) {
      deadlines.add(held, nowMillis() + TRY_AGAIN_MILLIS);
    }
  }

  private long endOf(Held held, long heardMillis) {
    return held.endMillis(heardMillis, graceEndMillis);
  }

  private record Owner(String namespace, LeaseKey lease) {}
}
