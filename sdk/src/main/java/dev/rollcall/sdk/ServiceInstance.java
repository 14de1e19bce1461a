// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.util.List;
import java.util.Map;

/**
 * One running copy of a service. Immutable.
 *
 * @param service the service's name
 * @param id names this copy within its service
 * @param address where callers dial it, {@code host:port}
 * @param endpoints further addresses by name, such as {@code http}
 * @param version which build it is; empty when unknown
 * @param zone its failure zone; empty when unknown
 * @param weight its share of calls against the others, 0 to 65535; 0 means no new traffic
 * @param metadata free labels
 * @param requires the services that it calls
 * @param isProtected the registry doubts its own view and keeps handing this instance out
 */
public record ServiceInstance(
    String service,
    String id,
    String address,
    Map<String, String> endpoints,
    String version,
    String zone,
    int weight,
    Map<String, String> metadata,
    List<String> requires,
    boolean isProtected) {

  /** The weight of an instance that names none. */
  public static final int DEFAULT_WEIGHT = 100;

  /** Copies what it is given. */
  public ServiceInstance {
    endpoints = Map.copyOf(endpoints);
    metadata = Map.copyOf(metadata);
    requires = List.copyOf(requires);
  }

  /** The same copy, dialled elsewhere. */
  ServiceInstance at(String newAddress, Map<String, String> newEndpoints) {
    return new ServiceInstance(
        service,
        id,
        newAddress,
        newEndpoints,
        version,
        zone,
        weight,
        metadata,
        requires,
        isProtected);
  }

  /** The same copy with other labels. */
  ServiceInstance with(Map<String, String> labels) {
    return new ServiceInstance(
        service, id, address, endpoints, version, zone, weight, labels, requires, isProtected);
  }

  boolean takesTraffic() {
    return weight > 0;
  }
}
