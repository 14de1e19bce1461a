// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Describes an instance before it is registered. Everything may be left out. Not for use by several
 * threads.
 */
public final class RegistrationBuilder {
  private final Settings settings;
  private final Starter starter;
  private final Optional<Server> server;
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
  private Optional<HealthCheck> check = Optional.empty();
  private Optional<Consumer<DependencyChange>> dependencyListener = Optional.empty();
  private Duration drainPause = Farewell.Plan.DRAIN_PAUSE;
  private Runnable notServing = () -> {};

  RegistrationBuilder(
      Settings settings, String service, Place address, Optional<Server> server, Starter starter) {
    this.settings = settings;
    this.server = server;
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
    Registration start(Described described);
  }

  /** All that was described. */
  record Described(
      ServiceInstance draft,
      Lease.Wanted wanted,
      Lease.Terms terms,
      Farewell.Plan plan,
      Optional<Consumer<DependencyChange>> dependencyListener) {}

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
    for (String name : services) {
      requires.add(Settings.checkedService(name));
    }
    return this;
  }

  /**
   * Follows the services named by {@link #requires}: who is there already, then each change, in
   * order and one at a time on a thread of its own. The listener may be slow or throw, as with
   * {@link ServiceWatch}.
   */
  public RegistrationBuilder onDependencyChange(Consumer<DependencyChange> listener) {
    dependencyListener = Optional.of(listener);
    return this;
  }

  /** Lets the registry check by itself; the instance is usable after the first success. */
  public RegistrationBuilder healthCheck(HealthCheck value) {
    check = Optional.of(value);
    return this;
  }

  /**
   * Sets the whole server to NOT_SERVING when this registration ends, before anything else. Needs
   * {@code grpc-services}, which the manager comes from.
   */
  public RegistrationBuilder health(HealthStatusManager manager) {
    notServing =
        () ->
            manager.setStatus(
                HealthStatusManager.SERVICE_NAME_ALL_SERVICES, ServingStatus.NOT_SERVING);
    return this;
  }

  /**
   * How long those who watch are given, after the registry was told to send no new calls, until the
   * server stops. Default: 200 ms; zero: none.
   */
  public RegistrationBuilder drainPause(Duration value) {
    if (value.isNegative()) {
      throw new IllegalArgumentException("drainPause: " + value + " (expected: 0 or more)");
    }
    drainPause = value;
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
    return starter.start(
        new Described(
            located.at(settings.advertiseHost().orElse("localhost")),
            located,
            new Lease.Terms(ttl, check),
            new Farewell.Plan(notServing, drainPause, server),
            dependencyListener));
  }

  /**
   * Finds the own host each time it is asked: after a move to another network it is another one.
   */
  private record Located(
      Settings settings, ServiceInstance draft, Place address, Map<String, Place> endpoints)
      implements Lease.Wanted {

    @Override
    public CompletableFuture<ServiceInstance> instance(Lookup lookup) {
      return Advertised.host(settings, lookup).thenApply(this::at);
    }

    ServiceInstance at(String ownHost) {
      Map<String, String> named = new HashMap<>();
      endpoints.forEach((name, place) -> named.put(name, place.at(ownHost)));
      return draft.at(address.at(ownHost), named);
    }
  }
}
