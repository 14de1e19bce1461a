// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Values for tests. */
public final class Samples {
  /** When everything in tests happens. */
  public static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");

  private Samples() {}

  /** An instance whose address tells versions of it apart. */
  public static Instance instance(String service, String id, int port) {
    return instance(service, id, port, Duration.ofSeconds(10));
  }

  /** An instance whose lease lasts so long. */
  public static Instance instance(String service, String id, int port, Duration leaseTtl) {
    return new Instance(
        service,
        id,
        "10.0.0.1:" + port,
        Map.of(),
        "",
        "",
        Instance.DEFAULT_WEIGHT,
        Map.of(),
        List.of(),
        leaseTtl,
        null,
        false);
  }

  /** A lease. */
  public static LeaseKey lease(String secret) {
    return LeaseKey.of(secret);
  }

  /** A cause. */
  public static Cause cause(Cause.Kind kind) {
    return new Cause(kind, "in a test", "127.0.0.1:1", NOON);
  }

  /** A record that is not committed yet. */
  public static Registration registration(Instance instance, String secret, Status status) {
    return new Registration(
        instance, lease(secret), status, false, NOON, cause(Cause.Kind.REGISTERED), 0);
  }

  /** A change that lists an instance. */
  public static Change.Put put(String service, String id, int port) {
    return new Change.Put(
        registration(instance(service, id, port), "secret-" + id, Status.SERVING));
  }

  /** A change that removes one. */
  public static Change.Remove remove(String service, String id) {
    return new Change.Remove(new InstanceKey(service, id), cause(Cause.Kind.DEREGISTERED));
  }
}
