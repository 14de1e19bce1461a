// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.lease.Leases;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.probe.ProbeResult;
import dev.rollcall.server.probe.Prober;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/** What this server knows of one instance beyond its record. From any thread. */
public final class Inspection {
  private final Ledgers ledgers;
  private final Leases leases;
  private final Prober prober;
  private final BiFunction<String, InstanceKey, String> probers;

  /**
   * Over everything that knows something.
   *
   * @param probers says where the server is reached that probes an instance
   */
  public Inspection(
      Ledgers ledgers,
      Leases leases,
      Prober prober,
      BiFunction<String, InstanceKey, String> probers) {
    this.probers = probers;
    this.ledgers = ledgers;
    this.leases = leases;
    this.prober = prober;
  }

  /**
   * What is known.
   *
   * @param remaining until it is removed unless it is heard; empty: nobody can say now
   * @param silence since it was last heard; empty: not since this server started
   * @param probes the last ones of this server, newest first
   * @param probedBy where the server is reached that probes it
   */
  public record Report(
      Registration registration,
      Optional<Duration> remaining,
      Optional<Duration> silence,
      List<Probed> probes,
      String probedBy) {}

  /** One probe and what it came to. */
  public record Probed(Instant time, Duration took, boolean passed, String detail) {}

  private static Probed probed(ProbeResult result) {
    return new Probed(result.time(), result.took(), result.passed(), result.detail());
  }

  /** Looks at one instance. */
  public CompletableFuture<Outcome<Report>> describe(String namespace, String service, String id) {
    Names names = new Names().checkNamespace(namespace);
    names.checkService("service", service).checkId("id", id);
    Rejection rejection = names.rejection();
    if (rejection != null) {
      return CompletableFuture.completedFuture(new Outcome.Refused<>(rejection));
    }
    InstanceKey key = new InstanceKey(service, id);
    Registration registration = ledgers.catalog(namespace).find(key);
    if (registration == null) {
      return CompletableFuture.completedFuture(
          new Outcome.Refused<>(
              Rejection.of(
                  Reason.INSTANCE_UNKNOWN,
                  "no instance %s (expected: a listed one); ListEvents tells why it went"
                      .formatted(key))));
    }
    List<Probed> probes = prober.results(namespace, key).stream().map(Inspection::probed).toList();
    return leases
        .remaining(namespace, key)
        .thenCombine(
            leases.silence(namespace, key),
            (remaining, silence) ->
                new Outcome.Done<>(
                    new Report(
                        registration, remaining, silence, probes, probers.apply(namespace, key))));
  }
}
