// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One running copy of a service, as its owner described it. Two equal instances are the same
 * registration: sending it again changes nothing.
 *
 * @param address host:port that callers dial
 * @param endpoints further addresses by name
 * @param weight share of calls, 0 to 65535; 0 means no new traffic
 * @param requires services that this instance calls
 * @param leaseTtl how long it stays listed after its last heartbeat
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
    Duration leaseTtl) {

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

  /** The same instance under another id. */
  public Instance withId(String newId) {
    return new Instance(
        service, newId, address, endpoints, version, zone, weight, metadata, requires, leaseTtl);
  }
}
