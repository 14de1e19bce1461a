// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.sdk.RegistrationBuilder.Place;
import dev.rollcall.sdk.RollcallException.Reason;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A client of the registry: lists this process and finds others.
 *
 * <pre>{@code
 * try (Rollcall rollcall = Rollcall.connect()) {
 *   var products = ProductServiceGrpc.newBlockingStub(rollcall.channel("product"));
 *   Server server = ServerBuilder.forPort(0).addService(new Orders(products)).build().start();
 *   rollcall.register("order", server).requires("product").start();
 *   rollcall.awaitShutdown();
 * }
 * }</pre>
 *
 * <p>Nothing here fails because the registry is away: what is known stays in use, and the rest
 * happens when it is back. Safe for all threads.
 */
public final class Rollcall implements AutoCloseable {
  private final Settings settings;
  private final Session session;
  private final Map<String, ManagedChannel> channels = new ConcurrentHashMap<>();
  private final Map<String, Picker> pickers = new ConcurrentHashMap<>();
  private final Set<ServiceWatch> watches = ConcurrentHashMap.newKeySet();
  private final Farewell farewell = new Farewell();
  private final Set<Server> servers = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);

  private Rollcall(Settings settings) {
    RollcallNameResolverProvider.ensureRegistered();
    this.settings = settings;
    this.session = Session.acquire(settings.place());
    settings.cacheDirectory().ifPresent(session::keepIn);
  }

  /**
   * A client as the environment describes it: {@code ROLLCALL_ADDR} (default {@code
   * localhost:7070}; several separated by commas), {@code ROLLCALL_NAMESPACE} (default {@code
   * default}), {@code ROLLCALL_ADVERTISE_HOST} or {@code POD_IP}, {@code ROLLCALL_ZONE}, {@code
   * ROLLCALL_CACHE_DIR}. Returns at once, whether the registry is there or not.
   *
   * @throws IllegalArgumentException when one of them cannot be read
   */
  public static Rollcall connect() {
    return builder().connect();
  }

  /** A client described in code; what is not set comes from the environment. */
  public static Builder builder() {
    return new Builder(Settings.fromEnvironment(System.getenv()));
  }

  /**
   * A plaintext channel to a service by its name: balanced over its usable instances by weight,
   * those of the own zone first, and following them as they come and go. A call that fails with
   * UNAVAILABLE is tried up to four times. Where there is no instance, calls fail at once and say
   * so, unless they are {@code waitForReady}.
   *
   * <p>The same name gives the same channel. It is closed with this client.
   */
  public ManagedChannel channel(String service) {
    checkOpen();
    return channels.computeIfAbsent(
        service, name -> ManagedChannelBuilder.forTarget(target(name)).usePlaintext().build());
  }

  /**
   * The gRPC target that {@link #channel} dials, for a channel with options of its own, such as
   * {@code ManagedChannelBuilder.forTarget(rollcall.target("product")).disableRetry()}.
   */
  public String target(String service) {
    return new Target(Settings.checkedService(service), settings.place(), settings.zone())
        .toString();
  }

  /**
   * Describes an instance at a running gRPC server's port. The server is stopped where the
   * registration ends, before the instance leaves the list; see {@link Registration#close}.
   *
   * @throws IllegalStateException when the server was not started
   */
  public RegistrationBuilder register(String service, Server server) {
    RegistrationBuilder builder =
        register(service, Place.here(server.getPort()), Optional.of(server));
    servers.removeIf(Server::isTerminated);
    servers.add(server);
    return builder;
  }

  /** Describes an instance at a port of the host that this process is known by. */
  public RegistrationBuilder register(String service, int port) {
    return register(service, Place.here(port), Optional.empty());
  }

  /** Describes an instance at an address, {@code host:port}. */
  public RegistrationBuilder register(String service, String hostPort) {
    return register(service, Place.of(hostPort), Optional.empty());
  }

  private RegistrationBuilder register(String service, Place address, Optional<Server> server) {
    checkOpen();
    return new RegistrationBuilder(settings, service, address, server, this::start);
  }

  private Registration start(RegistrationBuilder.Described described) {
    List<String> required = described.draft().requires();
    Lease lease = session.register(described.draft(), described.wanted(), described.terms());
    Dependencies dependencies =
        described
            .dependencyListener()
            .map(listener -> Dependencies.followed(session, required, listener))
            .orElseGet(() -> Dependencies.unfollowed(session, required));
    var registration = new Registration(session, lease, farewell, described.plan(), dependencies);
    farewell.arrived(registration);
    return registration;
  }

  /** Follows a service without a listener. */
  public ServiceWatch watch(String service) {
    return watch(service, event -> {});
  }

  /**
   * Follows a service. The listener first hears of the instances that are there already, then each
   * change; see {@link ServiceWatch} for the thread it is called on.
   */
  public ServiceWatch watch(String service, Consumer<ServiceEvent> listener) {
    checkOpen();
    ServiceWatch watch = ServiceWatch.open(Settings.checkedService(service), session, listener);
    watch.onClose(() -> watches.remove(watch));
    watches.add(watch);
    return watch;
  }

  /**
   * The main address of a usable instance, the next one with each call, by weight and zone as a
   * channel's.
   *
   * @throws RollcallException as in {@link #pick(String, String, Set)}
   */
  public String pick(String service) {
    return pick(service, Picker.MAIN, Set.of());
  }

  /**
   * A named address, such as {@code http}, of a usable instance, the next one with each call.
   *
   * @throws RollcallException as in {@link #pick(String, String, Set)}
   */
  public String pick(String service, String endpoint) {
    return pick(service, endpoint, Set.of());
  }

  /**
   * An address of a usable instance, but none of those that the caller just found dead. The first
   * pick of a service waits for the registry's answer: not at all while every registry address
   * refuses connections, up to 5.5 s where none says anything.
   *
   * @param endpoint the name of the address; empty for the main one
   * @param avoid addresses not to answer
   * @return {@code host:port}
   * @throws RollcallException with {@code REGISTRY_UNREACHABLE}, {@code NO_INSTANCE} or {@code
   *     NO_ENDPOINT}
   */
  public String pick(String service, String endpoint, Set<String> avoid) {
    checkOpen();
    Picker picker =
        pickers.computeIfAbsent(
            Settings.checkedService(service),
            name -> new Picker(ServiceWatch.open(name, session, event -> {}), settings.zone()));
    return picker.pick(endpoint, avoid);
  }

  /**
   * The settings below a scope: the keys that begin with its name and a slash.
   *
   * @throws IllegalArgumentException when the scope is no path
   */
  public Config config(String scope) {
    checkOpen();
    return new Config(session.config(scope));
  }

  /**
   * Passes a message to a usable instance of a service by way of the registry, and waits for its
   * answer. For a question now and then; for more, {@link #channel} goes straight there. The
   * receiver may get it more than once.
   *
   * @param message at most 1 MiB
   * @param patience how long the answer may take
   * @throws io.grpc.StatusRuntimeException with the receiver's status, or the registry's: NOT_FOUND
   *     for a service that is not listed, UNAVAILABLE where none of its instances can be called
   */
  public String send(String service, String message, Duration patience) {
    checkOpen();
    return session.send(Settings.checkedService(service), message, patience);
  }

  /**
   * How long nothing was heard from the registry about what is followed; zero while the view is
   * live, or when nothing is followed. Of instances that were read from disk it is the time since a
   * registry confirmed them.
   */
  public Duration staleFor() {
    return session.directory().staleFor();
  }

  /**
   * Waits until the process is asked to stop (SIGTERM, Ctrl-C) or this client is closed.
   *
   * <p>When the process is asked to stop, all registrations end as by {@link Registration#close}:
   * no new calls, calls in flight finish, the instances leave the list. Then this method returns.
   * When the calling thread has ended, or 5 s later, the process ends: after a signal with exit
   * code 0 (143 on a JVM that is not OpenJDK's), after {@code System.exit} with the code given.
   */
  public void awaitShutdown() {
    var shutdown = new Shutdown(Thread.currentThread(), this::leave, ended);
    shutdown.await();
  }

  private void leave() {
    farewell.leave(farewell.here());
    Shutdown.stop(servers);
  }

  /**
   * Ends all registrations, see {@link Registration#close}, then closes all watches and channels. A
   * second call is ignored.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    farewell.leave(farewell.here());
    pickers.values().forEach(Picker::close);
    watches.forEach(ServiceWatch::close);
    channels.values().forEach(ManagedChannel::shutdown);
    session.release();
    ended.countDown();
  }

  /** How many watches of the user's are open. */
  int openWatches() {
    return watches.size();
  }

  private void checkOpen() {
    if (closed.get()) {
      throw new RollcallException(Reason.CLOSED, "this client was closed");
    }
  }

  /** Describes a client. Not for use by several threads. */
  public static final class Builder {
    private Settings settings;

    private Builder(Settings settings) {
      this.settings = settings;
    }

    /** The registry's address, {@code host:port}; several separated by commas. */
    public Builder registry(String addresses) {
      settings = settings.withRegistries(Settings.addresses(addresses));
      return this;
    }

    /** The tenant: a DNS label. */
    public Builder namespace(String name) {
      settings = settings.withNamespace(name);
      return this;
    }

    /** The host under which others reach this process. */
    public Builder advertiseHost(String host) {
      settings = settings.withAdvertiseHost(host);
      return this;
    }

    /** This process's failure zone: of all that it registers, and preferred when it calls. */
    public Builder zone(String name) {
      settings = settings.withZone(name);
      return this;
    }

    /**
     * A directory for the last known instances, so that this process can call others also when it
     * starts while no registry answers; {@link Rollcall#staleFor} says how old they are. It is made
     * if missing, for its owner only, and several processes may share it. Default: none.
     */
    public Builder cacheDirectory(Path directory) {
      settings = settings.withCacheDirectory(directory);
      return this;
    }

    /** The client. Returns at once, whether the registry is there or not. */
    public Rollcall connect() {
      return new Rollcall(settings);
    }
  }
}
