// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.Figures;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All servers over a Redis, which stays, are away together for twice a lease of 2 s, and their
 * clients find them again most of a lease later. Nobody who lives is marked or evicted for that;
 * who died meanwhile is. Time passes here: that is the test.
 */
@Execution(ExecutionMode.CONCURRENT)
final class FleetAwayIT {
  private static final int SERVERS = 2;
  private static final int LEASE_SECONDS = 2;
  private static final long AWAY_MILLIS = 4_000;

  /** Fewer than those whose common silence would be taken for the network's. */
  private static final int LIVING = 12;

  private static final String SECRET = "a-secret-that-all-of-them-share";
  private static final String DEAD = "the-secret-of-one-that-dies";
  private static final Duration SOON = Duration.ofSeconds(25);

  @TempDir Path directory;

  private List<ServerProcess> servers = new ArrayList<>();
  private RedisServer redis;
  private long startMillis;

  @BeforeEach
  void start() {
    redis = RedisServer.start(directory);
    long before = System.nanoTime();
    servers = together(number -> begin("--redis-url=" + redis.url()));
    startMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
  }

  @AfterEach
  void stop() {
    servers.forEach(ServerProcess::close);
    redis.close();
  }

  private ServerProcess begin(String url) {
    try {
      return ServerProcess.start(directory.resolve("unused"), url);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<ServerProcess> together(IntFunction<ServerProcess> start) {
    List<CompletableFuture<ServerProcess>> starting =
        IntStream.range(0, SERVERS)
            .mapToObj(number -> CompletableFuture.supplyAsync(() -> start.apply(number)))
            .toList();
    return starting.stream().map(CompletableFuture::join).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "TERM", "STOP"})
  void allServersAwayForTwiceTheLease_marksAndEvictsTheDeadAlone(String signal) throws Exception {
    List<Instance> before;
    try (Client client = new Client(servers.get(0).grpcPort())) {
      for (int i = 0; i < LIVING; i++) {
        client.calls().register(request("i" + i).setLeaseId(SECRET).build());
      }
      client.calls().register(request("dead").setLeaseId(DEAD).build());
      for (int i = 0; i < 2 * LEASE_SECONDS; i++) {
        beat(client, SECRET, DEAD);
        TimeUnit.MILLISECONDS.sleep(500);
      }
      before = listed(client);
    }
    assertThat(before).hasSize(LIVING + 1);
    long gone = System.nanoTime();
    leaveAndComeBack(signal);
    Duration away = Duration.ofNanos(System.nanoTime() - gone);
    Figures.print("redis: all servers were away (%s) for %d ms", signal, away.toMillis());
    // the owners come back at their own pace, most of a lease later
    TimeUnit.MILLISECONDS.sleep(LEASE_SECONDS * 900);
    try (Client client = new Client(servers.get(1).grpcPort())) {
      await()
          .pollInterval(Duration.ofMillis(400))
          // the dead have the time that it took, too
          .atMost(SOON.plus(away))
          .until(
              () -> {
                beat(client, SECRET);
                return listed(client).stream().noneMatch(one -> one.getId().equals("dead"));
              });
      // the same revisions: nothing happened to them
      List<Instance> living = before.stream().filter(one -> !one.getId().equals("dead")).toList();
      assertThat(listed(client)).containsExactlyInAnyOrderElementsOf(living);
    }
  }

  /** Back, and ready, about 4 s after it went; a JVM's start is a part of that. */
  private void leaveAndComeBack(String signal) throws Exception {
    for (ServerProcess server : servers) {
      server.signal(signal);
    }
    if (signal.equals("STOP")) {
      TimeUnit.MILLISECONDS.sleep(AWAY_MILLIS);
      for (ServerProcess server : servers) {
        server.signal("CONT");
      }
      return;
    }
    long before = System.nanoTime();
    for (ServerProcess server : servers) {
      server.awaitEnd();
    }
    long ended = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
    TimeUnit.MILLISECONDS.sleep(Math.max(0, AWAY_MILLIS - startMillis - ended));
    List<ServerProcess> ofBefore = servers;
    servers = together(number -> again(ofBefore.get(number)));
  }

  private ServerProcess again(ServerProcess ended) {
    try {
      return ended.startAgain(directory.resolve("unused"), "--redis-url=" + redis.url());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static RegisterRequest.Builder request(String id) {
    RegisterRequest.Builder request = RunningServer.request("s", id);
    request.getInstanceBuilder().getLeaseTtlBuilder().setSeconds(LEASE_SECONDS);
    return request;
  }

  private static void beat(Client client, String... secrets) {
    HeartbeatRequest.Builder beat = HeartbeatRequest.newBuilder().addAllLeaseIds(List.of(secrets));
    assertThat(client.calls().heartbeat(beat.build()).getUnknownLeaseIdsList()).isEmpty();
  }

  private static List<Instance> listed(Client client) {
    return client
        .calls()
        .get(GetRequest.newBuilder().setService("s").setAllStatuses(true).build())
        .getInstancesList();
  }
}
