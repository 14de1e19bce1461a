// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.lease.Leases;
import dev.rollcall.server.lease.Pacing;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.telemetry.Meters;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Renews leases. From any thread; a beat is answered where it arrives, unless its lease lapses. */
public final class Beats {
  private static final int MOST = 1_000;

  private final Ledgers ledgers;
  private final Leases leases;
  private final Pacing pacing;
  private final Duration leaseDefault;
  private final Meters meters;

  /** With the lease that sets the pace of a client that holds none. */
  public Beats(
      Ledgers ledgers, Leases leases, Pacing pacing, Duration leaseDefault, Meters meters) {
    this.ledgers = ledgers;
    this.leases = leases;
    this.pacing = pacing;
    this.leaseDefault = leaseDefault;
    this.meters = meters;
  }

  /**
   * What became of a beat.
   *
   * @param nextIn when to beat again
   * @param unknown the secrets that hold nothing
   * @param recovering whether what they held may still come back: beat again
   */
  public record Answer(Duration nextIn, List<String> unknown, String epoch, boolean recovering) {}

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
    // in order, so that answers name the secrets as they came
    Map<LeaseKey, String> secrets = new LinkedHashMap<>();
    leaseIds.forEach(secret -> secrets.put(LeaseKey.of(secret), secret));
    return leases
        .renew(namespace, List.copyOf(secrets.keySet()))
        .thenApply(outcome -> answer(namespace, secrets, outcome));
  }

  private Outcome<Answer> answer(
      String namespace, Map<LeaseKey, String> secrets, Outcome<Leases.Renewed> outcome) {
    if (outcome instanceof Outcome.Refused<Leases.Renewed> refused) {
      meters.beats(Meters.Beat.REFUSED, secrets.size());
      return new Outcome.Refused<>(refused.why());
    }
    Leases.Renewed renewed = ((Outcome.Done<Leases.Renewed>) outcome).value();
    meters.beats(Meters.Beat.UNKNOWN, renewed.unknown().size());
    meters.beats(Meters.Beat.RENEWED, secrets.size() - renewed.unknown().size());
    boolean recovering = ledgers.recovering(namespace);
    // what is being brought back is not unknown yet
    List<String> unknown =
        recovering || renewed.unknown().isEmpty()
            ? List.of()
            : secrets.entrySet().stream()
                .filter(entry -> renewed.unknown().contains(entry.getKey()))
                .map(Map.Entry::getValue)
                .toList();
    if (!unknown.isEmpty()) {
      ledgers.missed(namespace);
    }
    return new Outcome.Done<>(
        new Answer(
            pacing.next(renewed.shortest().orElse(leaseDefault)),
            unknown,
            ledgers.catalog(namespace).position().epoch(),
            recovering));
  }
}
