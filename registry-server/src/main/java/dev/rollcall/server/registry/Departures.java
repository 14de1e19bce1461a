// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.ledger.Ledgers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The rules by which instances go: drained first, then off the list. From any thread. */
public final class Departures {
  private static final int REASON_BYTES = 1_024;

  private final Ledgers ledgers;

  /** Over the ledgers. */
  public Departures(Ledgers ledgers) {
    this.ledgers = ledgers;
  }

  /**
   * Whose departure: all instances that a lease holds, one of them by name, or one by name alone,
   * as an operator.
   */
  public record Call(
      String namespace, String leaseId, String service, String id, String reason, String caller) {}

  /** Makes the command for one instance. */
  private interface Step {
    Command of(InstanceKey key, @Nullable LeaseKey lease);
  }

  /** Stops new traffic; answers a position since which the instances are DRAINING. */
  public CompletableFuture<Outcome<Position>> drain(Call call) {
    return each(
        call, (key, lease) -> new Command.Drain(key, lease, call.reason(), call.caller()), true);
  }

  /** Takes instances off the list; answers a position at which they are not listed. */
  public CompletableFuture<Outcome<Position>> deregister(Call call) {
    return each(
        call,
        (key, lease) -> new Command.Deregister(key, lease, call.reason(), call.caller()),
        false);
  }

  private CompletableFuture<Outcome<Position>> each(Call call, Step step, boolean mustBeThere) {
    Rejection rejection = check(call);
    if (rejection != null) {
      return CompletableFuture.completedFuture(new Outcome.Refused<>(rejection));
    }
    if (!call.id().isEmpty()) {
      // by name: queues behind whatever is under way for that record
      InstanceKey named = new InstanceKey(call.service(), call.id());
      LeaseKey lease = call.leaseId().isEmpty() ? null : LeaseKey.of(call.leaseId());
      return all(call.namespace(), List.of(step.of(named, lease)));
    }
    LeaseKey lease = LeaseKey.of(call.leaseId());
    return ledgers
        .claimedBy(call.namespace(), lease)
        .thenCompose(
            keys ->
                keys.isEmpty() && mustBeThere
                    ? CompletableFuture.completedFuture(new Outcome.Refused<>(holdsNothing()))
                    : all(
                        call.namespace(), keys.stream().map(key -> step.of(key, lease)).toList()));
  }

  private CompletableFuture<Outcome<Position>> all(String namespace, List<Command> commands) {
    List<CompletableFuture<Outcome<Catalog>>> steps =
        commands.stream().map(command -> ledgers.submit(namespace, command)).toList();
    return CompletableFuture.allOf(steps.toArray(new CompletableFuture<?>[0]))
        .thenApply(all -> together(namespace, steps));
  }

  private Outcome<Position> together(
      String namespace, List<CompletableFuture<Outcome<Catalog>>> steps) {
    for (CompletableFuture<Outcome<Catalog>> step : steps) {
      if (step.join() instanceof Outcome.Refused<Catalog> refused) {
        return new Outcome.Refused<>(refused.why());
      }
    }
    return new Outcome.Done<>(ledgers.catalog(namespace).position());
  }

  private static @Nullable Rejection check(Call call) {
    Names names = new Names().checkNamespace(call.namespace());
    names.checkBytes("reason", call.reason(), REASON_BYTES);
    boolean byLease = !call.leaseId().isEmpty();
    boolean byName = !call.service().isEmpty() || !call.id().isEmpty();
    if (byLease) {
      names.checkLeaseId("lease_id", call.leaseId());
    }
    if (byName) {
      names.checkService("service", call.service());
      names.checkId("id", call.id());
    }
    if (!byLease && !byName) {
      names.violated("lease_id", "empty", "a lease_id, or service and id as an operator");
    }
    return names.rejection();
  }

  private static Rejection holdsNothing() {
    return Rejection.of(
        Reason.INSTANCE_UNKNOWN,
        "lease_id: holds no such instance (expected: a registered one); register again");
  }
}
