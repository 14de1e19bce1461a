// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.config.Config;
import dev.rollcall.server.config.ConfigWatches;
import dev.rollcall.server.grpc.ConfigWire;
import dev.rollcall.server.grpc.GrpcPort;
import dev.rollcall.server.grpc.ServerFacts;
import dev.rollcall.server.grpc.UseCases;
import dev.rollcall.server.grpc.Wire;
import dev.rollcall.server.history.History;
import dev.rollcall.server.http.HttpPort;
import dev.rollcall.server.lease.Pacing;
import dev.rollcall.server.ledger.ChangeListener;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.loop.ThreadLoop;
import dev.rollcall.server.probe.ProbeTargets;
import dev.rollcall.server.probe.Prober;
import dev.rollcall.server.registry.Admission;
import dev.rollcall.server.registry.Beats;
import dev.rollcall.server.registry.ChangeLog;
import dev.rollcall.server.registry.ChangeMeters;
import dev.rollcall.server.registry.Departures;
import dev.rollcall.server.registry.Headcount;
import dev.rollcall.server.registry.HealthVerdicts;
import dev.rollcall.server.registry.Hints;
import dev.rollcall.server.registry.Inspection;
import dev.rollcall.server.registry.Liveness;
import dev.rollcall.server.registry.Lookup;
import dev.rollcall.server.registry.Losses;
import dev.rollcall.server.registry.ProbeShare;
import dev.rollcall.server.registry.Registry;
import dev.rollcall.server.registry.SharedLeases;
import dev.rollcall.server.registry.Watches;
import dev.rollcall.server.relay.Relay;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.LeaseTable;
import dev.rollcall.server.store.StoreException;
import dev.rollcall.server.telemetry.Meters;
import dev.rollcall.server.watch.BodyCache;
import dev.rollcall.server.watch.FrameEncoder;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds every part by hand, starts them in order, and stops them in reverse. */
public final class RollcallServer implements Running {
  private static final Logger log = LoggerFactory.getLogger(RollcallServer.class);
  private static final long BODY_BYTES = 32L << 20;
  private static final int STREAM_THREADS = 2;
  private static final int LOOKUP_THREADS = 2;
  private static final long STOP_WITHIN_MILLIS = 4_000;

  private final InstantSource wallClock = InstantSource.system();
  private final ThreadLoop ledgerLoop = new ThreadLoop("rollcall-ledger");
  private final ThreadLoop leaseLoop = new ThreadLoop("rollcall-lease");
  private final ThreadLoop probeLoop = new ThreadLoop("rollcall-probe");
  private final ExecutorService streamPool;
  private final Persistence persistence;
  private final SecureRandom secrets = new SecureRandom();
  private final Meters meters = new Meters();
  private final ChangeListener told = new ChangeMeters(meters).then(new ChangeLog(ledgerLoop));
  private final Liveness liveness;
  private final Ledgers ledgers;
  private final Ledgers settings;
  private final Config configuration;
  private final ProbeShare share;
  private final Replicas replicas;
  private final Prober prober;
  private final ExecutorService lookups;
  private final Relay relay;
  private final GrpcPort grpc;
  private final HttpPort http;
  private final Condition condition;
  private volatile int ownGrpcPort;
  private volatile int ownHttpPort;

  private RollcallServer(ServerConfig config) {
    // one writer each: nonces are drawn on the ledger loop, jitter may be drawn from anywhere
    RandomGenerator nonces = new SplittableRandom(secrets.nextLong());
    streamPool = streams();
    persistence =
        Persistence.open(
            config, ledgerLoop, wallClock, daemons("rollcall-store"), RollcallServer::die);
    Losses.Settings protection =
        new Losses.Settings(config.protectShare(), config.protectWindow(), config.protectMax());
    LeaseTable table = persistence.table();
    liveness =
        table == null
            ? new Liveness(leaseLoop, wallClock, protection, meters)
            : new Liveness(
                leaseLoop, protection, listener -> new SharedLeases(leaseLoop, table, listener));
    Wire wire = new Wire();
    ledgers = ledgersOf(wire, nonces, liveness.then(told));
    settings = ledgersOf(new ConfigWire(), nonces, told);
    Kept all = persistence.store().load();
    Kept kept = Feeds.ofServices(all);
    ProbeTargets targets = targets(config);
    prober = prober(targets);
    lookups = Executors.newFixedThreadPool(LOOKUP_THREADS, daemons("rollcall-lookup"));
    relay = relay(targets);
    replicas = new Replicas(() -> advertised(config), secrets);
    share = new ProbeShare(leaseLoop, ledgers, prober, replicas.self());
    if (liveness.leases() instanceof SharedLeases shared) {
      shared.open(ledgers, settings);
    }
    liveness.open(kept, persistence.memory(), ledgers, share);
    configuration = new Config(settings, persistence.events());
    ledgers.open(kept).join();
    settings.open(Feeds.ofSettings(all)).join();
    persistence.store().feed(new Feeds(ledgers, settings));
    condition = new Condition(List.of(ledgers, settings), wallClock, persistence.unreadable());
    meters.describe(Version.current(), condition::storeUp, new Headcount(ledgers));
    grpc = face(config, wire);
    http = http(config);
  }

  private Relay relay(ProbeTargets targets) {
    return new Relay(
        ledgers,
        targets,
        daemons("rollcall-relay"),
        lookups,
        below -> ThreadLocalRandom.current().nextInt(below));
  }

  private Ledgers ledgersOf(FrameEncoder wire, RandomGenerator nonces, ChangeListener listener) {
    return new Ledgers(ledgerLoop, persistence.store(), wire, wallClock, nonces, listener, meters);
  }

  private HttpPort http(ServerConfig config) {
    try {
      InetSocketAddress address = new InetSocketAddress(config.host(), config.httpPort());
      HttpPort.Facts facts = new HttpPort.Facts(Version.current(), condition, meters::scrape);
      return HttpPort.open(address, config.httpHosts(), grpc.insideName(), facts);
    } catch (IOException e) {
      stopCore();
      throw StartException.port(Flag.HTTP_PORT.option(), config.host(), config.httpPort(), e);
    }
  }

  private ProbeTargets targets(ServerConfig config) {
    return new ProbeTargets(
        new ProbeTargets.Rules(
            config.probeAllow(),
            config.probeDeny(),
            ProbeTargets.SENSITIVE_PORTS,
            port -> port == ownGrpcPort || port == ownHttpPort));
  }

  private Prober prober(ProbeTargets targets) {
    return new Prober(
        probeLoop,
        wallClock,
        targets,
        new HealthVerdicts(ledgers, liveness.leases(), liveness.losses()),
        meters,
        daemons("rollcall-probe-io"));
  }

  private GrpcPort face(ServerConfig config, Wire wire) {
    BodyCache bodies = new BodyCache(BODY_BYTES);
    Pacing pacing =
        new Pacing(config.heartbeatMax(), () -> ThreadLocalRandom.current().nextDouble());
    Admission admission = new Admission(config.leaseDefault(), config.leaseMax());
    UseCases useCases =
        new UseCases(
            new Registry(ledgers, liveness.leases(), admission, pacing, secrets),
            new Departures(ledgers),
            new Beats(ledgers, liveness.leases(), pacing, config.leaseDefault(), meters),
            new Hints(
                leaseLoop,
                ledgers,
                liveness.leases(),
                liveness.losses(),
                share::hurry,
                config.leaseDefault()),
            new Lookup(ledgers),
            new Watches(ledgers, wire, bodies),
            new History(persistence.events()),
            new Inspection(
                ledgers,
                liveness.leases(),
                prober,
                (namespace, key) -> replicas.addressOf(share.owner(namespace, key))),
            configuration,
            new ConfigWatches(settings, new ConfigWire(), bodies),
            relay);
    InetSocketAddress address = new InetSocketAddress(config.host(), config.grpcPort());
    InstantSource asOf = () -> wallClock.instant().minus(ledgers.behind());
    return new GrpcPort(address, useCases, bodies, facts(config), leaseLoop, asOf, streamPool);
  }

  private ServerFacts facts(ServerConfig config) {
    return new ServerFacts(
        Version.current(),
        config.store(),
        condition::storeUp,
        condition::problems,
        () -> advertised(config),
        replicas::all,
        wallClock.instant(),
        meters);
  }

  /**
   * Starts a server.
   *
   * @throws dev.rollcall.server.store.StoreException if the data directory cannot be used
   * @throws StartException if a port cannot be opened
   */
  public static RollcallServer start(ServerConfig config) {
    RollcallServer server = new RollcallServer(config);
    try {
      server.grpc.start();
    } catch (IOException e) {
      server.close();
      throw StartException.port(Flag.GRPC_PORT.option(), config.host(), config.grpcPort(), e);
    }
    server.ownGrpcPort = server.grpcPort();
    server.ownHttpPort = server.httpPort();
    server.ledgers.serving();
    server.settings.serving();
    // leases run only while the port answers
    server.liveness.start();
    if (server.persistence.table() != null) {
      server.replicas.join(server.leaseLoop, server.ledgers, server.liveness);
    }
    server.seed(config.seed());
    server.condition.ready();
    return server;
  }

  /** Not ready before it is in. */
  private void seed(Map<String, String> missing) {
    Rejection why = configuration.seed(missing).join();
    if (why != null) {
      close();
      throw StartException.of(Flag.CONFIG_SEED.option() + ": " + why.message());
    }
  }

  @Override
  public int grpcPort() {
    return grpc.port();
  }

  @Override
  public int httpPort() {
    return http.port();
  }

  /** Stops in reverse order; what was answered is durable. */
  @Override
  public void close() {
    condition.stopping();
    try {
      grpc.stop(STOP_WITHIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    http.close();
    replicas.leave();
    stopCore();
  }

  private void stopCore() {
    streamPool.shutdownNow();
    relay.close();
    lookups.shutdownNow();
    prober.close();
    probeLoop.close();
    leaseLoop.close();
    persistence.store().close();
    ledgerLoop.close();
    meters.close();
  }

  private String advertised(ServerConfig config) {
    String advertised = config.advertise();
    return advertised == null ? config.host() + ":" + grpcPort() : advertised;
  }

  /** What arrives after the end, say from a connection that closes, is of no interest any more. */
  private static ExecutorService streams() {
    return new ThreadPoolExecutor(
        STREAM_THREADS,
        STREAM_THREADS,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        daemons("rollcall-stream"),
        new ThreadPoolExecutor.DiscardPolicy());
  }

  private static ThreadFactory daemons(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  private static void die(Throwable why) {
    if (why instanceof StoreException && why.getCause() == null) {
      log.error("the store can no longer be trusted, stopping: {}", why.getMessage());
    } else {
      log.error("the store can no longer be trusted, stopping", why);
    }
    Runtime.getRuntime().halt(1);
  }
}
