// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.store.Store.Append;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** Changes to keep, each append with a nonce of its own. */
public final class Samples {
  /** The wall clock of all samples. */
  public static final Instant NOW = Instant.parse("2026-11-21T12:00:00.123Z");

  private static final AtomicLong NONCES = new AtomicLong(1L << 62);

  private Samples() {}

  /** A name. */
  public static InstanceKey key(String id) {
    return new InstanceKey("product", id);
  }

  /** A record in which every field says something. */
  public static Change put(InstanceKey key, String version) {
    return put(key, version, Status.SERVING, NOW);
  }

  /** A record with this status, changed at this time. */
  public static Change put(InstanceKey key, String version, Status status, Instant time) {
    Instance instance =
        new Instance(
            key.service(),
            key.id(),
            "10.0.0.1:8080",
            Map.of("http", "10.0.0.1:8081"),
            version,
            "zone-ä",
            7,
            Map.of("a", "1", "b", ""),
            List.of("order", "stock"),
            Duration.ofMillis(10_500),
            new HealthCheck(
                new HealthCheck.Http("/health", "http", true),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                2,
                1,
                Duration.ofMinutes(3)),
            true);
    Cause cause = new Cause(Cause.Kind.UPDATED, "why: " + version, "10.9.9.9", time);
    LeaseKey lease = LeaseKey.of("secret of " + key);
    return new Change.Put(
        new Registration(instance, lease, status, true, NOW.minusSeconds(60), cause, 0));
  }

  /** A removal. */
  public static Change remove(InstanceKey key) {
    return new Change.Remove(key, new Cause(Cause.Kind.DEREGISTERED, "bye", "", NOW));
  }

  /** A change to append, decided on the record's revision at this position. */
  public static Append append(Position at, String namespace, long expected, Change change) {
    return new Append(namespace, NONCES.incrementAndGet(), expected, at, expected > 0, change);
  }

  /** The same for a store whose only writer is this one: it does not ask where it was decided. */
  public static Append append(String namespace, long expected, Change change) {
    return append(Position.UNBORN, namespace, expected, change);
  }
}
