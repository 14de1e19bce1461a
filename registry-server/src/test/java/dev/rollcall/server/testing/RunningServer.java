// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import com.google.protobuf.util.Durations;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.server.RollcallServer;
import dev.rollcall.server.ServerConfig;
import dev.rollcall.server.probe.ProbeTargets;
import dev.rollcall.server.store.redis.RedisSettings;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** A whole server in this process, on free ports of loopback, with channels to it. */
public final class RunningServer implements AutoCloseable {
  /** Silent about clients' mistakes, as in the program; kept, or the JDK forgets the level. */
  private static final Logger GRPC = Logger.getLogger("io.grpc");

  private static final int LEASE_MINUTES = 10;

  private final RollcallServer server;
  private final List<ManagedChannel> channels = new ArrayList<>();

  /** Starts it over a data directory. */
  public RunningServer(Path data) throws IOException {
    this(data, null);
  }

  /** Starts it over a Redis; null: over the data directory. */
  public RunningServer(Path data, @Nullable RedisSettings redis) throws IOException {
    GRPC.setLevel(Level.SEVERE);
    server = RollcallServer.start(config(data, redis));
  }

  private static ServerConfig config(Path data, @Nullable RedisSettings redis) {
    return new ServerConfig(
        Map.of(),
        "127.0.0.1",
        0,
        0,
        List.of(),
        false,
        null,
        ProbeTargets.LOOPBACK,
        List.of(),
        redis,
        data,
        false,
        Duration.ofSeconds(10),
        Duration.ofHours(24),
        Duration.ofSeconds(30),
        0.3,
        Duration.ofSeconds(60),
        Duration.ofMinutes(10),
        100_000,
        Duration.ofDays(7),
        ServerConfig.LogFormat.TEXT,
        "info");
  }

  /** Its gRPC port. */
  public int port() {
    return server.grpcPort();
  }

  /** Its HTTP port. */
  public int httpPort() {
    return server.httpPort();
  }

  /** A connection of its own. */
  public ManagedChannel channel() {
    ManagedChannel channel =
        Grpc.newChannelBuilder("127.0.0.1:" + port(), InsecureChannelCredentials.create()).build();
    channels.add(channel);
    return channel;
  }

  /** A stub on a connection of its own, with a deadline that only a hang reaches. */
  public RegistryServiceGrpc.RegistryServiceBlockingStub stub() {
    return RegistryServiceGrpc.newBlockingStub(channel()).withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  /** A request to list an instance; its lease outlasts any test, however slow the machine. */
  public static RegisterRequest.Builder request(String service, String id) {
    return RegisterRequest.newBuilder()
        .setInstance(
            Instance.newBuilder()
                .setService(service)
                .setId(id)
                .setAddress("127.0.0.1:50051")
                .setLeaseTtl(Durations.fromMinutes(LEASE_MINUTES)));
  }

  @Override
  public void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    server.close();
  }
}
