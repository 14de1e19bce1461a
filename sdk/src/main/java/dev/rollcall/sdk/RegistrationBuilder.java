// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Describes an instance before it is registered. Everything may be left out. Not for use by several
 * threads.
 */
public final class RegistrationBuilder {
  private final Settings settings;
  private final Starter starter;
  private final String service;
  private final Place address;
  private final Map<String, Place> endpoints = new HashMap<>();
  private final Map<String, String> metadata = new HashMap<>();
  private final Set<String> requires = new LinkedHashSet<>();
  private String id;
  private String version = "";
  private String zone;
  private int weight = ServiceInstance.DEFAULT_WEIGHT;
  private Duration ttl = Duration.ZERO;

  RegistrationBuilder(Settings settings, String service, Place address, Starter starter) {
    this.settings = settings;
    this.service = Settings.checkedService(service);
    this.address = address;
    this.starter = starter;
    this.id = Advertised.id(System.getenv(), address.port());
    this.zone = settings.zone();
  }

  /** An address whose host may still have to be found out: then it is empty. */
  record Place(String host, int port) {
    static Place of(String hostPort) {
      HostPort parsed = HostPort.parse(hostPort);
      return new Place(parsed.host(), parsed.port());
    }

    static Place here(int port) {
      if (port < 1 || port > 65_535) {
        throw new IllegalArgumentException("port: " + port + " (expected: 1 to 65535)");
      }
      return new Place("", port);
    }

    String at(String ownHost) {
      return new HostPort(host.isEmpty() ? ownHost : host, port).toString();
    }
  }

  /** Takes over what was described. */
  interface Starter {
    Registration start(ServiceInstance draft, Lease.Wanted wanted, Duration ttl);
  }

  /**
   * Names this copy within its service: 1 to 128 of {@code [a-z0-9._-]}. Default: host name and
   * port, so that a restarted process takes its own place again.
   */
  public RegistrationBuilder id(String value) {
    id = value;
    return this;
  }

  /** Which build this is, for people. */
  public RegistrationBuilder version(String value) {
    version = value;
    return this;
  }

  /** The failure zone. Default: that of the client. */
  public RegistrationBuilder zone(String value) {
    zone = value;
    return this;
  }

  /** Share of calls against the other instances, 0 to 65535, default 100; 0: no new traffic. */
  public RegistrationBuilder weight(int value) {
    if (value < 0 || value > 65_535) {
      throw new IllegalArgumentException("weight: " + value + " (expected: 0 to 65535)");
    }
    weight = value;
    return this;
  }

  /** Adds a label. */
  public RegistrationBuilder metadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /** Adds a further address, {@code host:port}, under a name such as {@code http}. */
  public RegistrationBuilder endpoint(String name, String hostPort) {
    endpoints.put(name, Place.of(hostPort));
    return this;
  }

  /** Adds a further address on the host that this process is known by. */
  public RegistrationBuilder endpoint(String name, int port) {
    endpoints.put(name, Place.here(port));
    return this;
  }

  /** Names services that this instance calls: edges of the dependency graph. */
  public RegistrationBuilder requires(String... services) {
    requires.addAll(List.of(services));
    return this;
  }

  /**
   * How long the instance stays listed after its last heartbeat. Default: the registry's (10 s).
   */
  public RegistrationBuilder ttl(Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException("ttl: " + value + " (expected: 1 s or more)");
    }
    ttl = value;
    return this;
  }

  /**
   * Starts to register, in the background, and to keep the instance listed. Never fails because the
   * registry is away: it is registered when the registry is there.
   */
  public Registration start() {
    var draft =
        new ServiceInstance(
            service,
            id,
            "",
            Map.of(),
            version,
            zone,
            weight,
            metadata,
            List.copyOf(requires),
            false);
    var located = new Located(settings, draft, address, Map.copyOf(endpoints));
    return starter.start(located.at(settings.advertiseHost().orElse("localhost")), located, ttl);
  }

  /**
   * Finds the own host each time it is asked: after a move to another network it is another one.
   */
  private record Located(
      Settings settings, ServiceInstance draft, Place address, Map<String, Place> endpoints)
      implements Lease.Wanted {

    @Override
    public ServiceInstance instance() throws IOException {
      return at(Advertised.host(settings));
    }

    ServiceInstance at(String ownHost) {
      Map<String, String> named = new HashMap<>();
      endpoints.forEach((name, place) -> named.put(name, place.at(ownHost)));
      return draft.at(address.at(ownHost), named);
    }
  }
}
