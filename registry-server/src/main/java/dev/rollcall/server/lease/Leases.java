// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.lease;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.loop.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * When each registered instance was last heard, and which have gone quiet.
 *
 * <p>Time is the leases' clock: milliseconds that run on from what the store remembered, and only
 * while this server runs. Wall clocks play no part. What the registry itself missed never counts
 * against a lease: a sweep that comes more than {@link #LATE} late was an outage, and after an
 * outage of length d that ended at g, no lease ends before g + its TTL + min(d, 150 s).
 *
 * <p>Sweeps run on the lease loop. {@link #renew} may be called from any thread and answers at
 * once; {@link #hold} and {@link #drop} come from the ledger loop, in the order of changes.
 */
public final class Leases {
  /** A sweep that is later than this was an outage of the registry. */
  public static final Duration LATE = Duration.ofMillis(500);

  /** The most that one outage adds to a lease. */
  public static final Duration MOST_GRACE = Duration.ofSeconds(150);

  private static final Duration SWEEP_EVERY = Duration.ofMillis(200);
  private static final long TRY_AGAIN_MILLIS = 1_000;

  private final Loop loop;
  private final LapseListener listener;
  private final Map<Owner, List<Held>> byLease = new ConcurrentHashMap<>();
  private final Map<Place, Held> byRecord = new ConcurrentHashMap<>();
  private final Queue<Held> newlyHeard = new ConcurrentLinkedQueue<>();

  // the lease loop only
  private final Deadlines deadlines = new Deadlines();
  private long nextSweepNanos;
  private long sweptMillis;

  private volatile long originNanos;
  private volatile long originMillis;
  private volatile long graceEndMillis = Long.MIN_VALUE / 2;

  /** Leases that are not swept yet. */
  public Leases(Loop loop, LapseListener listener) {
    this.loop = loop;
    this.listener = listener;
  }

  /** Is told whose lease ended, on the lease loop, and answers what became of it. */
  public interface LapseListener {
    /**
     * A lease ended.
     *
     * @param revision of the record that it held
     * @return completes with whether the record is gone; not gone means that it is tried again
     */
    CompletableFuture<Boolean> lapsed(
        String namespace, InstanceKey key, long revision, Duration silence);
  }

  /** What a beat came to. */
  public sealed interface Renewal {
    /** All that the lease holds is renewed; the shortest of their terms. */
    record Renewed(Duration ttl) implements Renewal {}

    /** It holds nothing. */
    record Unknown() implements Renewal {}

    /** Something that it holds is just being removed: beat again when this completes. */
    record Undecided(CompletableFuture<Void> decided) implements Renewal {}
  }

  /** Sets the clock before anything is held. */
  public void setClock(long clockMillis) {
    originNanos = loop.nanoTime();
    originMillis = clockMillis;
  }

  /** Starts to sweep. */
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

  /** A record was just registered by its owner: it is heard. */
  public void hold(String namespace, Registration registration) {
    put(Held.heard(namespace, registration, nowMillis()));
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

  /** A record is gone. */
  public void drop(String namespace, InstanceKey key) {
    Held held = byRecord.remove(new Place(namespace, key));
    if (held != null) {
      forget(held);
    }
  }

  /** Renews all that a lease holds. From any thread; never blocks. */
  public Renewal renew(String namespace, LeaseKey lease) {
    List<Held> all = byLease.get(new Owner(namespace, lease));
    if (all == null) {
      return new Renewal.Unknown();
    }
    long now = nowMillis();
    long ttl = Long.MAX_VALUE;
    for (Held held : all) {
      if (!held.renew(now)) {
        return new Renewal.Undecided(held.decided());
      }
      if (held.firstHeard()) {
        newlyHeard.add(held);
      }
      ttl = Math.min(ttl, held.ttlMillis);
    }
    return new Renewal.Renewed(Duration.ofMillis(ttl));
  }

  /** Whether a record was heard since this server started. From any thread. */
  public boolean heard(String namespace, InstanceKey key) {
    Held held = byRecord.get(new Place(namespace, key));
    return held != null && held.heardSinceStart();
  }

  /**
   * The registry could not do its part for this long, until now. Leases do not pay for that. From
   * any thread.
   */
  public void outage(Duration length) {
    Duration grace = length.compareTo(MOST_GRACE) < 0 ? length : MOST_GRACE;
    long end = nowMillis() + grace.toMillis();
    loop.execute(() -> graceEndMillis = Math.max(graceEndMillis, end));
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

  private void put(Held held) {
    Held before = byRecord.put(new Place(held.namespace, held.key), held);
    if (before != null) {
      forget(before);
    }
    byLease.merge(
        new Owner(held.namespace, held.lease),
        List.of(held),
        (known, one) -> {
          List<Held> more = new ArrayList<>(known);
          more.addAll(one);
          return List.copyOf(more);
        });
    loop.execute(() -> deadlines.add(held, endOf(held, held.heardMillis())));
  }

  private void forget(Held held) {
    byLease.computeIfPresent(
        new Owner(held.namespace, held.lease),
        (owner, known) -> {
          List<Held> rest = known.stream().filter(other -> other != held).toList();
          return rest.isEmpty() ? null : rest;
        });
    if (!held.heardSinceStart()) {
      newlyHeard.add(held);
    }
    held.drop();
  }

  private void sweep() {
    loop.assertInside();
    long now = loop.nanoTime();
    Duration late = Duration.ofNanos(now - nextSweepNanos);
    if (late.compareTo(LATE) > 0) {
      Duration grace = late.compareTo(MOST_GRACE) < 0 ? late : MOST_GRACE;
      graceEndMillis = Math.max(graceEndMillis, nowMillis() + grace.toMillis());
    }
    sweptMillis = nowMillis();
    deadlines.due(sweptMillis, this::look);
    nextSweepNanos = loop.nanoTime() + SWEEP_EVERY.toNanos();
    loop.schedule(SWEEP_EVERY, this::sweep);
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
              .lapsed(held.namespace, held.key, held.revision, silence)
              .thenAcceptAsync(gone -> settle(held, heardMillis, gone), loop);
    } else {
      deadlines.add(held, sweptMillis + held.ttlMillis);
    }
  }

  private void settle(Held held, long heardMillis, boolean gone) {
    if (!gone && !held.dropped()) {
      held.restore(heardMillis);
      deadlines.add(held, nowMillis() + TRY_AGAIN_MILLIS);
    }
  }

  private long endOf(Held held, long heardMillis) {
    return held.endMillis(heardMillis, graceEndMillis);
  }

  private record Owner(String namespace, LeaseKey lease) {}
}
