// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.config.v1.ConfigServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.relay.v1.RelayServiceGrpc;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.watch.BodyCache;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The gRPC port: registry, relay, health and reflection. Limits are set on purpose, since gRPC's
 * defaults let a half-open watch live for two hours and a client open any number of calls.
 */
public final class GrpcPort {
  private static final int MESSAGE_BYTES = 1_280 << 10;
  private static final int METADATA_BYTES = 16 << 10;
  private static final int CALLS_PER_CONNECTION = 1_000;

  /**
   * A stop for floods only. Each call that reaches its deadline is a reset too, so a client whose
   * calls all time out, a thousand at a time, must stay well below: with the connection it would
   * lose its watches and its beats just when it has trouble already.
   */
  private static final int RESETS = 5_000;

  private static final int RESET_WINDOW_SECONDS = 30;
  private static final int KEEPALIVE_SECONDS = 20;
  private static final int KEEPALIVE_TIMEOUT_SECONDS = 10;
  private static final int CLIENT_KEEPALIVE_SECONDS = 5;
  private static final int HANDSHAKE_SECONDS = 10;

  /** Clients spread their move over a tenth of a second, connect and beat. */
  private static final long MOVE_MILLIS = 500;

  private final Server server;

  /** The same for callers in this process. */
  private final Server inside;

  private final String insideName = InProcessServerBuilder.generateName();

  private final OpenStreams streams = new OpenStreams();
  private final HealthStatusManager health = new HealthStatusManager();

  /**
   * A port that is not open yet.
   *
   * @param clock lends streams its time and timers
   * @param pool for streams and for what walks a catalog
   */
  public GrpcPort(
      InetSocketAddress address,
      UseCases useCases,
      BodyCache bodies,
      ServerFacts facts,
      Loop clock,
      InstantSource asOf,
      Executor pool) {
    WatchStreams watches = new WatchStreams(pool, clock, asOf, facts.meters(), streams);
    Answers answers = new Answers(pool, bodies, asOf, facts);
    List<ServerServiceDefinition> ours =
        List.of(
            RawService.of(new RegistryEndpoint(useCases, answers, watches, streams).bindService()),
            RawService.of(
                new ConfigEndpoint(useCases.config(), useCases.configWatches(), watches, asOf)
                    .bindService()),
            RelayEndpoint.service(useCases.relay(), facts.meters()));
    CountedRefusals refusals = new CountedRefusals(facts.meters());
    inside =
        InProcessServerBuilder.forName(insideName)
            .directExecutor()
            .intercept(refusals)
            .intercept(new Callers())
            .addServices(ours)
            .build();
    List<ServerServiceDefinition> all = new ArrayList<>(ours);
    all.add(health.getHealthService().bindService());
    all.add(ProtoReflectionServiceV1.newInstance().bindService());
    all.add(reflectionForOlderClients().bindService());
    server =
        network(address)
            .addStreamTracerFactory(new LostConnections())
            .addStreamTracerFactory(new MeasuredCalls(clock, facts.meters(), methods(all)))
            .intercept(refusals)
            .intercept(new Callers())
            .addServices(all)
            .build();
  }

  private static NettyServerBuilder network(InetSocketAddress address) {
    return NettyServerBuilder.forAddress(address)
        // handlers never block: answering on the event loop saves two thread hops a call
        .directExecutor()
        .maxInboundMessageSize(MESSAGE_BYTES)
        .maxInboundMetadataSize(METADATA_BYTES)
        .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION)
        .maxRstFramesPerWindow(RESETS, RESET_WINDOW_SECONDS)
        .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
        .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .permitKeepAliveTime(CLIENT_KEEPALIVE_SECONDS, TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true)
        .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
  }

  /** Opens the port; throws if it cannot be had. */
  public void start() throws IOException {
    server.start();
    inside.start();
    health.setStatus(RegistryServiceGrpc.SERVICE_NAME, ServingStatus.SERVING);
    health.setStatus(ConfigServiceGrpc.SERVICE_NAME, ServingStatus.SERVING);
    health.setStatus(RelayServiceGrpc.SERVICE_NAME, ServingStatus.SERVING);
  }

  /** The name under which this process calls the same services. */
  public String insideName() {
    return insideName;
  }

  /** The port that is open. */
  public int port() {
    return server.getPort();
  }

  /**
   * Says goodbye: health turns NOT_SERVING, those who beat on a stream are asked to open another
   * one elsewhere and get a moment to do so, watches end with a status that says "resume
   * elsewhere", calls under way finish. Blocks for at most twice this long and that moment.
   */
  public void stop(long withinMillis) throws InterruptedException {
    health.enterTerminalState();
    CompletableFuture<Void> moved = streams.moveAll();
    // from here on a new connection goes elsewhere, also where several servers share an address
    server.shutdown();
    try {
      moved.get(MOVE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      // who did not go is sent away
    }
    streams.endAll();
    inside.shutdown();
    if (!server.awaitTermination(withinMillis, TimeUnit.MILLISECONDS)) {
      server.shutdownNow();
      server.awaitTermination(withinMillis, TimeUnit.MILLISECONDS);
    }
    if (!inside.awaitTermination(withinMillis, TimeUnit.MILLISECONDS)) {
      inside.shutdownNow();
    }
  }

  private static Stream<String> methods(List<ServerServiceDefinition> services) {
    return services.stream()
        .flatMap(service -> service.getMethods().stream())
        .map(method -> method.getMethodDescriptor().getFullMethodName());
  }

  @SuppressWarnings("deprecation") // v1alpha is what older grpcurl and evans ask for
  private static io.grpc.BindableService reflectionForOlderClients() {
    return ProtoReflectionService.newInstance();
  }
}
