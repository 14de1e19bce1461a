// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.lease.Leases;
import dev.rollcall.server.lease.Pacing;
import dev.rollcall.server.ledger.Ledgers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Renews leases. From any thread; a beat is answered where it arrives, unless its lease lapses. */
public final class Beats {
  private static final int MOST = 1_000;

  private final Ledgers ledgers;
  private final Leases leases;
  private final Pacing pacing;
  private final Duration leaseDefault;

  /** With the lease that sets the pace of a client that holds none. */
  public Beats(Ledgers ledgers, Leases leases, Pacing pacing, Duration leaseDefault) {
    this.ledgers = ledgers;
    this.leases = leases;
    this.pacing = pacing;
    this.leaseDefault = leaseDefault;
  }

  /**
   * What became of a beat.
   *
   * @param nextIn when to beat again
   * @param unknown the secrets that hold nothing
   */
  public record Answer(Duration nextIn, List<String> unknown, String epoch) {}

  /** Renews these secrets. */
  public CompletableFuture<Outcome<Answer>> beat(String namespace, List<String> leaseIds) {
    Names names = new Names().checkNamespace(namespace);
    if (leaseIds.isEmpty() || leaseIds.size() > MOST) {
      names.violated("lease_ids", leaseIds.size() + " entries", "1 to " + MOST);
    }
    Rejection rejection = names.rejection();
    if (rejection != null) {
      return CompletableFuture.completedFuture(new Outcome.Refused<>(rejection));
    }
    return from(namespace, leaseIds, 0, new Tally());
  }

  private CompletableFuture<Outcome<Answer>> from(
      String namespace, List<String> leaseIds, int first, Tally tally) {
    for (int i = first; i < leaseIds.size(); i++) {
      Leases.Renewal renewal = leases.renew(namespace, LeaseKey.of(leaseIds.get(i)));
      if (renewal instanceof Leases.Renewal.Undecided undecided) {
        int again = i;
        return undecided.decided().thenCompose(decided -> from(namespace, leaseIds, again, tally));
      }
      tally.add(leaseIds.get(i), renewal);
    }
    Duration pace = tally.shortest == null ? leaseDefault : tally.shortest;
    return CompletableFuture.completedFuture(
        new Outcome.Done<>(
            new Answer(
                pacing.next(pace),
                List.copyOf(tally.unknown),
                ledgers.catalog(namespace).position().epoch())));
  }

  /** What a beat has come to so far. */
  private static final class Tally {
    private final List<String> unknown = new ArrayList<>(0);
    private @Nullable Duration shortest;

    void add(String leaseId, Leases.Renewal renewal) {
      if (renewal instanceof Leases.Renewal.Renewed renewed) {
        if (shortest == null || renewed.ttl().compareTo(shortest) < 0) {
          shortest = renewed.ttl();
        }
      } else {
        unknown.add(leaseId);
      }
    }
  }
}
