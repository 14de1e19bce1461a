// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.lease.Leases;
import dev.rollcall.server.lease.Pacing;
import dev.rollcall.server.ledger.Ledgers;
import java.time.Duration;
import java.util.Base64;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/**
 * The rules by which instances come. From any thread.
 *
 * <p>Register is idempotent: the secret says who asks, and the same owner asking for the same thing
 * again changes nothing and gets the same answer.
 */
public final class Registry {
  private static final int SECRET_BYTES = 24;
  private static final int ID_LENGTH = 10;
  private static final String ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789";

  private final Ledgers ledgers;
  private final Leases leases;
  private final Admission admission;
  private final Pacing pacing;
  private final RandomGenerator random;

  /** With a cryptographically strong source of secrets. */
  public Registry(
      Ledgers ledgers, Leases leases, Admission admission, Pacing pacing, RandomGenerator random) {
    this.ledgers = ledgers;
    this.leases = leases;
    this.admission = admission;
    this.pacing = pacing;
    this.random = random;
  }

  /** A request to be listed. Empty {@code leaseId}: one is made up. */
  public record RegisterCall(String namespace, Draft draft, String leaseId, String caller) {}

  /** A listed instance with its owner's secret. */
  public record Registered(
      Registration registration, String leaseId, Duration interval, Position position) {}

  /** Lists an instance. */
  public CompletableFuture<Outcome<Registered>> register(RegisterCall call) {
    Names names = new Names().checkNamespace(call.namespace());
    if (!call.leaseId().isEmpty()) {
      names.checkLeaseId("lease_id", call.leaseId());
    }
    Rejection rejection = names.rejection();
    if (rejection != null) {
      return refused(rejection);
    }
    String secret = call.leaseId().isEmpty() ? madeUpSecret() : call.leaseId();
    String id = call.draft().id().isEmpty() ? madeUpId(secret, call.draft()) : call.draft().id();
    Outcome<Instance> admitted = admission.admit(call.draft(), id);
    if (admitted instanceof Outcome.Refused<Instance> refused) {
      return refused(refused.why());
    }
    Instance instance = ((Outcome.Done<Instance>) admitted).value();
    return register(call, instance, secret);
  }

  private CompletableFuture<Outcome<Registered>> register(
      RegisterCall call, Instance instance, String secret) {
    LeaseKey lease = LeaseKey.of(secret);
    if (ledgers.catalog(call.namespace()).find(instance.key()) != null) {
      // a register is a beat as well: it must not lose against a lapse while it is on its way
      var unused = leases.renew(call.namespace(), lease, instance.key());
    }
    Command command =
        new Command.Register(
            instance, lease, unheard(call.namespace(), instance.key()), call.caller());
    return ledgers
        .submit(call.namespace(), command)
        .thenCompose(outcome -> answer(call, instance, secret, outcome));
  }

  private CompletableFuture<Outcome<Registered>> answer(
      RegisterCall call, Instance instance, String secret, Outcome<Catalog> outcome) {
    if (outcome instanceof Outcome.Refused<Catalog> refused) {
      return refused(refused.why());
    }
    Catalog catalog = ((Outcome.Done<Catalog>) outcome).value();
    return leases
        .renew(call.namespace(), LeaseKey.of(secret), instance.key())
        .thenCompose(renewed -> answer(call, instance, secret, catalog, renewed));
  }

  private CompletableFuture<Outcome<Registered>> answer(
      RegisterCall call,
      Instance instance,
      String secret,
      Catalog catalog,
      Outcome<Leases.Renewed> outcome) {
    if (outcome instanceof Outcome.Refused<Leases.Renewed> refused) {
      return refused(refused.why());
    }
    Registration registration = catalog.find(instance.key());
    if (registration == null
        || !registration.lease().equals(LeaseKey.of(secret))
        || !((Outcome.Done<Leases.Renewed>) outcome).value().unknown().isEmpty()) {
      // it lapsed on the way
      return register(call, instance, secret);
    }
    return CompletableFuture.completedFuture(
        new Outcome.Done<>(
            new Registered(
                registration,
                secret,
                pacing.next(registration.instance().leaseTtl()),
                catalog.position())));
  }

  private OptionalLong unheard(String namespace, InstanceKey key) {
    Registration before = ledgers.catalog(namespace).find(key);
    return before == null || leases.heard(namespace, key)
        ? OptionalLong.empty()
        : OptionalLong.of(before.revision());
  }

  /** Made from the request, so that the same request sent again names the same instance. */
  private static String madeUpId(String secret, Draft draft) {
    String hash = LeaseKey.of(secret + ' ' + draft.service() + ' ' + draft.address()).hash();
    StringBuilder id = new StringBuilder(ID_LENGTH);
    for (int i = 0; i < ID_LENGTH; i++) {
      id.append(ID_LETTERS.charAt(hash.charAt(i) % ID_LETTERS.length()));
    }
    return id.toString();
  }

  private String madeUpSecret() {
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
  }

  private static <T> CompletableFuture<Outcome<T>> refused(Rejection why) {
    return CompletableFuture.completedFuture(new Outcome.Refused<>(why));
  }
}
