// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.lease.Leases.Renewed;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.store.LeaseTable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Beats for leases that a store keeps for several servers: answered when the store has taken them.
 * That a lease is unknown is said only by a server that sees all that the store has; one that does
 * not waits until it does, and looks again.
 *
 * <p>From any thread.
 */
final class SharedBeats {
  /** How long a beat waits for this server to see what the store has. */
  private static final Duration CATCH_UP = Duration.ofSeconds(2);

  /**
   * A server may start while the store is empty and others are about to fill it again: so long it
   * does not say of what it has never heard of that it is unknown, but sends its client elsewhere.
   */
  private static final Duration NEWBORN = Duration.ofSeconds(5);

  private static final int ROUNDS = 3;

  private final Loop loop;
  private final LeaseTable table;
  private final BiConsumer<String, Registration> heard;
  private final long bornNanos;

  /**
   * With a loop for its patience.
   *
   * @param heard is told each record that was renewed
   */
  SharedBeats(Loop loop, LeaseTable table, BiConsumer<String, Registration> heard) {
    this.loop = loop;
    this.table = table;
    this.heard = heard;
    this.bornNanos = loop.nanoTime();
  }

  /** What leases that are to be renewed hold, as a view has it. */
  interface Wanted {
    Map<LeaseKey, Set<InstanceKey>> in(Catalog catalog);
  }

  /**
   * Renews what leases hold.
   *
   * @param from null: nobody has said yet what there is
   */
  CompletableFuture<Outcome<Renewed>> renew(
      @Nullable Ledgers from, String namespace, Wanted wanted) {
    return from == null
        ? CompletableFuture.completedFuture(away())
        : renew(from, namespace, wanted, 1).exceptionally(failure -> away());
  }

  private CompletableFuture<Outcome<Renewed>> renew(
      Ledgers from, String namespace, Wanted wanted, int round) {
    Catalog catalog = from.catalog(namespace);
    Map<LeaseKey, Set<InstanceKey>> keys = wanted.in(catalog);
    List<LeaseTable.Beat> beats = new ArrayList<>();
    for (Set<InstanceKey> ofOne : keys.values()) {
      for (InstanceKey key : ofOne) {
        Registration registration = catalog.find(key);
        if (registration != null) {
          beats.add(new LeaseTable.Beat(key, registration.instance().leaseTtl()));
        }
      }
    }
    return table
        .renew(namespace, catalog.position().epoch(), beats)
        .thenCompose(
            renewed -> {
              if (renewed.otherEpoch()) {
                return again(from, namespace, wanted, round);
              }
              if (catalog.position().epoch().isEmpty() && isNewborn()) {
                return CompletableFuture.completedFuture(away());
              }
              Renewed told = told(catalog, namespace, keys, renewed);
              // unknown is said only of a view that had got to where the store was
              return told.unknown().isEmpty() || catalog.position().revision() >= renewed.revision()
                  ? CompletableFuture.completedFuture(new Outcome.Done<>(told))
                  : from.reached(namespace, renewed.revision(), CATCH_UP)
                      .thenCompose(reached -> again(from, namespace, wanted, round));
            });
  }

  /** The view was behind the store; it is about to catch up, or to begin a new epoch. */
  private CompletableFuture<Outcome<Renewed>> again(
      Ledgers from, String namespace, Wanted wanted, int round) {
    if (from.recovering(namespace)) {
      return CompletableFuture.completedFuture(
          new Outcome.Done<>(new Renewed(Optional.empty(), Set.of())));
    }
    if (round == ROUNDS) {
      return CompletableFuture.completedFuture(away());
    }
    CompletableFuture<Void> soon = new CompletableFuture<>();
    loop.schedule(CATCH_UP.dividedBy(10), () -> soon.complete(null));
    return soon.thenCompose(now -> renew(from, namespace, wanted, round + 1));
  }

  private boolean isNewborn() {
    return loop.nanoTime() - bornNanos < NEWBORN.toNanos();
  }

  private Renewed told(
      Catalog catalog,
      String namespace,
      Map<LeaseKey, Set<InstanceKey>> keys,
      LeaseTable.Renewed renewed) {
    Set<LeaseKey> unknown = new HashSet<>();
    Duration shortest = null;
    for (Map.Entry<LeaseKey, Set<InstanceKey>> lease : keys.entrySet()) {
      boolean holds = false;
      for (InstanceKey key : lease.getValue()) {
        Registration registration = catalog.find(key);
        if (registration == null || renewed.missing().contains(key)) {
          continue;
        }
        holds = true;
        heard.accept(namespace, registration);
        Duration ttl = registration.instance().leaseTtl();
        shortest = shortest == null || ttl.compareTo(shortest) < 0 ? ttl : shortest;
      }
      if (!holds) {
        unknown.add(lease.getKey());
      }
    }
    return new Renewed(Optional.ofNullable(shortest), unknown);
  }

  private static Outcome<Renewed> away() {
    return new Outcome.Refused<>(
        Rejection.of(
            Reason.STORE_UNAVAILABLE,
            "the registry's store is away: no lease ends meanwhile; beat again, here or at"
                + " another server"));
  }
}
