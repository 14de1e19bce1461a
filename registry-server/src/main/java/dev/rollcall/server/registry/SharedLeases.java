// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.lease.CommonSilence;
import dev.rollcall.server.lease.Leases;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.store.LeaseTable;
import dev.rollcall.server.store.LeaseTable.Term;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Leases that several servers share: kept by the store, on the store's clock. A beat may go to any
 * server ({@link SharedBeats}). Every server sweeps; that two find the same lease ended does no
 * harm, because the lapse asks the store again.
 *
 * <p>Sweeps run on the lease loop; the rest may be called from any thread.
 */
public final class SharedLeases implements Leases {
  private static final Duration SWEEP_EVERY = Duration.ofMillis(500);

  private final Loop loop;
  private final LeaseTable table;
  private final Listener listener;
  private final SharedBeats beats;
  private final Set<Place> overdue = ConcurrentHashMap.newKeySet();
  private @Nullable Ledgers ledgers;
  private @Nullable Ledgers withoutLeases;

  private final Peers peers = new Peers();

  // the lease loop only
  private final Set<Place> deciding = new HashSet<>();
  private final CommonSilence everybody = new CommonSilence();
  private long nextSweepNanos;

  private volatile long outageEndNanos;

  /** With the lease loop. */
  public SharedLeases(Loop loop, LeaseTable table, Listener listener) {
    this.loop = loop;
    this.table = table;
    this.listener = listener;
    this.beats = new SharedBeats(loop, table, this::heardNow);
    this.outageEndNanos = loop.nanoTime();
  }

  private record Place(String namespace, InstanceKey key) {}

  /**
   * Says what the leases hold. Before {@link #start} and before any beat.
   *
   * @param others without leases, but looked after in the store all the same
   */
  public void open(Ledgers into, Ledgers others) {
    ledgers = into;
    withoutLeases = others;
  }

  @Override
  public void start() {
    loop.execute(
        () -> {
          nextSweepNanos = loop.nanoTime();
          sweep();
        });
  }

  @Override
  public CompletableFuture<Outcome<Renewed>> renew(String namespace, List<LeaseKey> leases) {
    return beats.renew(
        ledgers,
        namespace,
        catalog -> {
          Map<LeaseKey, Set<InstanceKey>> held = new LinkedHashMap<>();
          leases.forEach(lease -> held.put(lease, catalog.heldBy(lease)));
          return held;
        });
  }

  @Override
  public CompletableFuture<Outcome<Renewed>> renew(
      String namespace, LeaseKey lease, InstanceKey key) {
    return beats.renew(
        ledgers,
        namespace,
        catalog -> Map.of(lease, catalog.heldBy(lease).contains(key) ? Set.of(key) : Set.of()));
  }

  private void heardNow(String namespace, Registration registration) {
    overdue.remove(new Place(namespace, registration.key()));
    if (registration.status() == Status.NOT_SERVING
        && registration.instance().healthCheck() == null) {
      listener.heardAgain(namespace, registration.key());
    }
  }

  @Override
  public void peerLost(String server) {
    peers.lost(server, loop.nanoTime());
  }

  @Override
  public void hold(String namespace, Registration registration) {
    overdue.remove(new Place(namespace, registration.key()));
  }

  @Override
  public void revise(String namespace, Registration registration, boolean connectionLost) {
    // the store's lease goes on by itself, and a beat looks at the record
  }

  @Override
  public void drop(String namespace, InstanceKey key) {
    overdue.remove(new Place(namespace, key));
  }

  @Override
  public boolean heard(String namespace, InstanceKey key) {
    return !overdue.contains(new Place(namespace, key));
  }

  @Override
  public CompletableFuture<Optional<Duration>> silence(String namespace, InstanceKey key) {
    return term(namespace, key)
        .thenApply(term -> term.map(Term::silence).filter(s -> !s.isNegative()))
        .exceptionally(away -> Optional.empty());
  }

  @Override
  public CompletableFuture<Optional<Duration>> remaining(String namespace, InstanceKey key) {
    return term(namespace, key)
        .thenApply(term -> Optional.of(term.map(Term::left).orElse(Duration.ZERO)))
        .thenApply(left -> left.map(time -> time.isNegative() ? Duration.ZERO : time))
        .exceptionally(away -> Optional.empty());
  }

  /** Empty where there is none. */
  private CompletableFuture<Optional<Term>> term(String namespace, InstanceKey key) {
    return table
        .terms(namespace, List.of(key))
        .thenApply(terms -> Optional.ofNullable(terms.get(key)));
  }

  @Override
  public Duration calmFor() {
    return Duration.ofNanos(loop.nanoTime() - outageEndNanos);
  }

  @Override
  public boolean mostlySilent(String namespace, Duration most) {
    loop.assertInside();
    return everybody.holds(namespace, most, loop.nanoTime());
  }

  private void sweep() {
    loop.assertInside();
    long now = loop.nanoTime();
    if (now - nextSweepNanos > LATE.toNanos()) {
      outageEndNanos = now;
    }
    Ledgers from = ledgers;
    if (from != null) {
      sweep(from);
    }
    if (withoutLeases != null) {
      for (Catalog catalog : withoutLeases.born()) {
        var unused = sweep(catalog, LeaseTable.Look.USUAL);
      }
    }
    nextSweepNanos = loop.nanoTime() + SWEEP_EVERY.toNanos();
    loop.schedule(SWEEP_EVERY, this::sweep);
  }

  /** The servers first: whether all of them live says what to make of everybody else's silence. */
  private void sweep(Ledgers from) {
    List<Catalog> born = from.born();
    CompletableFuture<?> servers = CompletableFuture.completedFuture(null);
    for (Catalog catalog : born) {
      if (catalog.namespace().equals(Presence.NAMESPACE)) {
        servers = sweep(catalog, peers.ofTheirs());
      }
    }
    var unused = servers.whenCompleteAsync((done, failure) -> sweepOthers(born), loop);
  }

  private void sweepOthers(List<Catalog> born) {
    LeaseTable.Look look = peers.ofOthers(loop.nanoTime());
    for (Catalog catalog : born) {
      if (!catalog.namespace().equals(Presence.NAMESPACE)) {
        var unused = sweep(catalog, look);
      }
    }
  }

  private CompletableFuture<?> sweep(Catalog catalog, LeaseTable.Look look) {
    return table
        .due(catalog.namespace(), catalog.position().epoch(), look)
        .whenCompleteAsync(
            (due, failure) -> {
              if (due == null) {
                // the store is away: that is nobody's silence
                outageEndNanos = loop.nanoTime();
              } else {
                swept(catalog, due);
              }
            },
            loop);
  }

  private void swept(Catalog catalog, LeaseTable.Due due) {
    String namespace = catalog.namespace();
    if (namespace.equals(Presence.NAMESPACE)) {
      peers.seen(due.silent(), loop.nanoTime());
    }
    everybody.looked(namespace, due.leases(), due.looked(), due.silent(), loop.nanoTime());
    if (namespace.equals(Presence.NAMESPACE) || !peers.mayBeDead(loop.nanoTime())) {
      due.ended().forEach((key, told) -> ended(catalog, key, told));
    }
  }

  private void ended(Catalog catalog, InstanceKey key, Duration told) {
    Place place = new Place(catalog.namespace(), key);
    Registration registration = catalog.find(key);
    if (registration == null || !deciding.add(place)) {
      return;
    }
    overdue.add(place);
    // the store cannot tell of a record that somebody made unreadable
    Duration term = registration.instance().leaseTtl();
    Duration silence = told.compareTo(term) < 0 ? term : told;
    var unused =
        listener
            .lapsed(catalog.namespace(), key, registration.revision(), silence)
            .whenCompleteAsync((decided, failure) -> deciding.remove(place), loop);
  }
}
