// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One registration as the session keeps it: what is wanted, the secret that holds it, and how far
 * it got. But for the futures and {@link #last}, only {@code Leases} on the session's loop touches
 * it.
 */
final class Lease {
  /** How far a registration got. */
  enum Stage {
    /** To be registered, for the first time or again. */
    WANTED,
    /** Listed as far as is known. */
    LISTED,
    /** Refused for good. */
    REFUSED,
    /** No longer wanted. */
    CLOSED
  }

  private static final SecureRandom SECRETS = new SecureRandom();

  final String secret = newSecret();
  final Wanted wanted;
  final Terms terms;
  final Backoff backoff;
  final CompletableFuture<ServiceInstance> registered = new CompletableFuture<>();
  final CompletableFuture<Void> deregistered = new CompletableFuture<>();

  Stage stage = Stage.WANTED;
  boolean sentOnce;

  /** Instead of what was described first; empty: that. */
  Optional<Map<String, String>> metadata = Optional.empty();

  boolean inFlight;

  /** For people. Written on the loop. */
  volatile String lastTrouble = "";

  Loop.Timer nextAttempt = Loop.Timer.NONE;

  /** As the registry listed it last, or as it will be asked for. Written on the loop. */
  volatile ServiceInstance last;

  /** Why no new traffic is wanted; empty: it is wanted. */
  Optional<String> draining = Optional.empty();

  Lease(ServiceInstance draft, Wanted wanted, Terms terms, Backoff backoff) {
    this.last = draft;
    this.wanted = wanted;
    this.terms = terms;
    this.backoff = backoff;
  }

  /**
   * How the instance stays listed.
   *
   * @param ttl zero: the registry's default
   */
  record Terms(Duration ttl, Optional<HealthCheck> check) {}

  /**
   * What to register; asked for when it is sent, because the own address may not be known before.
   */
  interface Wanted {
    /** Fails when there is no way to the registry now. */
    CompletableFuture<ServiceInstance> instance(Lookup lookup);
  }

  /** What is to be sent now. */
  ServiceInstance current(ServiceInstance described) {
    return metadata.map(described::with).orElse(described);
  }

  /** Whether something else is wanted than what was listed. */
  boolean outdated() {
    return metadata.map(now -> !now.equals(last.metadata())).orElse(false);
  }

  String name() {
    return last.service() + "/" + last.id();
  }

  /**
   * Chosen here and not by the registry, so that a register whose answer was lost can be repeated.
   */
  private static String newSecret() {
    byte[] bytes = new byte[32];
    SECRETS.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
