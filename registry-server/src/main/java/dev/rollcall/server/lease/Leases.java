// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.lease;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.loop.Loop;
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
  private static final long COUNT_EVERY_MILLIS = 500;
  private static final long NEVER = Long.MIN_VALUE / 2;

  private final Loop loop;
  private final Listener listener;
  private final Map<Owner, List<Held>> byLease = new ConcurrentHashMap<>();
  private final Map<Place, Held> byRecord = new ConcurrentHashMap<>();
  private final Queue<Held> newlyHeard = new ConcurrentLinkedQueue<>();

  // the lease loop only
  private final Map<String, Silence> silences = new HashMap<>();
  private final Deadlines deadlines = new Deadlines();
  private long nextSweepNanos;
  private long sweptMillis;

  private volatile long originNanos;
  private volatile long originMillis;
  private volatile long graceEndMillis = NEVER;
  private volatile long outageEndMillis = NEVER;

  /** Leases that are not swept yet. */
  public Leases(Loop loop, Listener listener) {
    this.loop = loop;
    this.listener = listener;
  }

  /** Is told what becomes of leases. Must not block. */
  public interface Listener {
    /**
     * A lease ended; on the lease loop.
     *
     * @param revision of the record that it held
     * @return completes when that was decided; a record that is still there is tried again
     */
    CompletableFuture<?> lapsed(String namespace, InstanceKey key, long revision, Duration silence);

    /** A record whose connection was lost beats again; on the thread of the beat. */
    void heardAgain(String namespace, InstanceKey key);
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
   * A record was changed by somebody else than its owner: its lease goes on as it is.
   *
   * @param connectionLost whether it does not serve because its connection was lost
   */
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
      if (held.lost()) {
        listener.heardAgain(namespace, held.key);
      }
      ttl = Math.min(ttl, held.ttlMillis);
    }
    return new Renewal.Renewed(Duration.ofMillis(ttl));
  }

  /**
   * How long ago a record was last heard; empty if not since this server started, or if its lease
   * is just ending. From any thread.
   */
  public Optional<Duration> silence(String namespace, InstanceKey key) {
    Held held = byRecord.get(new Place(namespace, key));
    if (held == null || !held.heardSinceStart()) {
      return Optional.empty();
    }
    long heardMillis = held.heardMillis();
    return heardMillis == Held.LAPSING
        ? Optional.empty()
        : Optional.of(Duration.ofMillis(Math.max(0, nowMillis() - heardMillis)));
  }

  /** The time until a record's lease ends if it is not heard; zero where there is none. */
  public Duration remaining(String namespace, InstanceKey key) {
    Held held = byRecord.get(new Place(namespace, key));
    if (held == null || held.heardMillis() == Held.LAPSING) {
      return Duration.ZERO;
    }
    return Duration.ofMillis(Math.max(0, endOf(held, held.heardMillis()) - nowMillis()));
  }

  /**
   * Whether at least 20 leases, and 9 of 10 of a namespace, have missed two beats: then nobody is
   * heard, and that is more likely the registry's network than everybody's end. Holds for so long
   * at most, then silence is taken for what it is. On the lease loop.
   */
  public boolean mostlySilent(String namespace, Duration most) {
    loop.assertInside();
    Silence known = silences.get(namespace);
    long now = nowMillis();
    if (known == null || now - known.countedMillis >= COUNT_EVERY_MILLIS) {
      boolean silent = countSilent(namespace, now);
      long since = silent && known != null && known.silent ? known.sinceMillis : now;
      known = new Silence(silent, since, now);
      silences.put(namespace, known);
    }
    return known.silent && now - known.sinceMillis < most.toMillis();
  }

  private boolean countSilent(String namespace, long now) {
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
    return all >= 20 && silent >= 0.9 * all;
  }

  private record Silence(boolean silent, long sinceMillis, long countedMillis) {}

  /** The time since the end of the registry's last outage. From any thread. */
  public Duration calmFor() {
    return Duration.ofMillis(nowMillis() - outageEndMillis);
  }

  /** Whether a record was heard since this server started. From any thread. */
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
