// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One running copy of a service, as its owner described it. Two equal instances are the same
 * registration: sending it again changes nothing.
 *
 * @param address host:port that callers dial
 * @param endpoints further addresses by name
 * @param weight share of calls, 0 to 65535; 0 means no new traffic
 * @param requires services that this instance calls
 * @param leaseTtl how long it stays listed after its last heartbeat
 * @param healthCheck how it is probed; null: its lease alone says that it lives
 * @param probeRenewsLease whether a passing probe counts as a heartbeat
 */
public record Instance(
    String service,
    String id,
    String address,
    Map<String, String> endpoints,
    String version,
    String zone,
    int weight,
    Map<String, String> metadata,
    List<String> requires,
    Duration leaseTtl,
    @Nullable HealthCheck healthCheck,
    boolean probeRenewsLease) {

  /** The weight of an instance that names none. */
  public static final int DEFAULT_WEIGHT = 100;

  /** Copies the collections, so that the value cannot change under its readers. */
  public Instance {
    endpoints = Map.copyOf(endpoints);
    metadata = Map.copyOf(metadata);
    requires = List.copyOf(requires);
  }

  /** Its name within the namespace. */
  public InstanceKey key() {
    return new InstanceKey(service, id);
  }

  /** Where callers reach a named endpoint; empty name: the address. Null if it names no such. */
  public @Nullable String endpoint(String name) {
    return name.isEmpty() ? address : endpoints.get(name);
  }

  /** Whether what is known of the other's health holds for this one too. */
  boolean sameTarget(Instance other) {
    return address.equals(other.address)
        && endpoints.equals(other.endpoints)
        && Objects.equals(healthCheck, other.healthCheck);
  }
}
