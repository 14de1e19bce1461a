// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterResponse;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.Crowd;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.ServerProcess;
import dev.rollcall.server.testing.Watcher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two servers over one real Redis, a crowd that beats at either, a watcher at each; and something
 * breaks. Whatever it is: nobody who lives is evicted, nobody is told of an empty service, both
 * servers come to the same state, and the same position never means two states.
 */
final class RedisFaultsIT {
  private static final String SERVICE = "s";
  private static final int SIZE = 20;
  private static final int TTL_SECONDS = 5;
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path directory;

  private RedisServer redis;
  private final List<ServerProcess> servers = new ArrayList<>();
  private final List<Watcher> watchers = new ArrayList<>();
  private Crowd crowd;

  private void start(String... redisOptions) throws Exception {
    redis = RedisServer.start(Files.createDirectories(directory.resolve("redis")), redisOptions);
    for (int i = 0; i < 2; i++) {
      servers.add(startServer());
    }
    List<Integer> ports = servers.stream().map(ServerProcess::grpcPort).toList();
    crowd = Crowd.start(SERVICE, SIZE, TTL_SECONDS, ports, System.nanoTime());
    ports.forEach(port -> watchers.add(new Watcher(port, SERVICE)));
    await().atMost(SOON).until(this::converged);
  }

  private ServerProcess startServer() throws Exception {
    return ServerProcess.start(directory.resolve("unused"), "--redis-url=" + redis.url());
  }

  @AfterEach
  void stop() {
    if (crowd != null) {
      crowd.close();
    }
    watchers.forEach(Watcher::close);
    servers.forEach(ServerProcess::close);
    redis.close();
  }

  private static TreeSet<String> everybody() {
    return IntStream.range(0, SIZE)
        .mapToObj(i -> "i" + i)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private boolean converged() {
    return watchers.stream().allMatch(watcher -> watcher.ids().equals(everybody()));
  }

  private String epochOf(ServerProcess server) {
    try (Client client = new Client(server.grpcPort())) {
      return client.calls().getStatus(GetStatusRequest.getDefaultInstance()).getEpoch();
    }
  }

  /** What must hold after every fault. */
  private void check() {
    await().atMost(SOON).until(this::converged);
    Map<String, Map<String, Instance>> states = new HashMap<>();
    for (Watcher watcher : watchers) {
      boolean full = false;
      for (Watcher.Seen seen : watcher.seen()) {
        full |= seen.held().size() == SIZE;
        if (full) {
          assertThat(seen.held()).as("what a watcher was told at %s", seen).hasSize(SIZE);
        }
        String position = seen.epoch() + "." + seen.revision();
        Map<String, Instance> known = states.putIfAbsent(position, seen.held());
        assertThat(known == null || known.equals(seen.held()))
            .as("one state at %s: %s and %s", position, known, seen.held())
            .isTrue();
      }
    }
    assertThat(crowd.unknown()).as("living instances that a server did not know").isZero();
  }

  /** Everything that was acknowledged in an epoch that still is the present one is there. */
  private void checkKept() {
    try (Client client = new Client(servers.get(0).grpcPort())) {
      String epoch = client.calls().getStatus(GetStatusRequest.getDefaultInstance()).getEpoch();
      Map<String, Instance> listed = new HashMap<>();
      Crowd.listed(client, SERVICE).forEach(instance -> listed.put(instance.getId(), instance));
      for (RegisterResponse answer : crowd.acknowledged().values()) {
        if (answer.getEpoch().equals(epoch)) {
          assertThat(listed.get(answer.getInstance().getId()).getRevision())
              .isGreaterThanOrEqualTo(answer.getInstance().getRevision());
        }
      }
    }
  }

  @Test
  void serverKilled_theOthersGoOn() throws Exception {
    start("--appendonly", "yes");
    String epoch = epochOf(servers.get(0));
    servers.get(1).kill();
    TimeUnit.SECONDS.sleep(TTL_SECONDS + 1);
    watchers.remove(1).close();
    check();
    checkKept();
    assertThat(epochOf(servers.get(0))).isEqualTo(epoch);
  }

  @Test
  void redisKilledWithItsLogOnDisk_nothingIsLost() throws Exception {
    start("--appendonly", "yes", "--appendfsync", "always");
    String epoch = epochOf(servers.get(0));
    redis.kill();
    TimeUnit.SECONDS.sleep(2L * TTL_SECONDS);
    redis.start();
    TimeUnit.SECONDS.sleep(TTL_SECONDS);
    check();
    checkKept();
    assertThat(epochOf(servers.get(0))).isEqualTo(epoch).isEqualTo(epochOf(servers.get(1)));
  }

  @Test
  void redisRestartedEmpty_theServersBringEverythingBack() throws Exception {
    start();
    String epoch = epochOf(servers.get(0));
    redis.kill();
    redis.start();
    await().atMost(SOON).until(() -> !epochOf(servers.get(0)).equals(epoch));
    TimeUnit.SECONDS.sleep(TTL_SECONDS);
    check();
    checkKept();
    assertThat(epochOf(servers.get(1))).isEqualTo(epochOf(servers.get(0)));
  }

  @Test
  void redisFlushed_theServersBringEverythingBack() throws Exception {
    start("--appendonly", "yes");
    String epoch = epochOf(servers.get(0));
    try (var client = redis.client()) {
      client.flushAll();
      await().atMost(SOON).until(() -> !epochOf(servers.get(0)).equals(epoch));
      client.scriptFlush();
    }
    TimeUnit.SECONDS.sleep(TTL_SECONDS);
    check();
    checkKept();
    assertThat(epochOf(servers.get(1))).isEqualTo(epochOf(servers.get(0)));
  }

  @Test
  void redisStoppedForThreeLeases_evictsNobody() throws Exception {
    start("--appendonly", "yes");
    redis.signal("STOP");
    TimeUnit.SECONDS.sleep(3L * TTL_SECONDS);
    redis.signal("CONT");
    TimeUnit.SECONDS.sleep(TTL_SECONDS);
    check();
    checkKept();
  }

  @Test
  void everythingRestarted_aNewEpochBeginsAndTheLivingStay() throws Exception {
    start("--appendonly", "yes", "--appendfsync", "always");
    String epoch = epochOf(servers.get(0));
    watchers.forEach(Watcher::close);
    watchers.clear();
    servers.forEach(ServerProcess::close);
    redis.kill();
    redis.start();
    servers.set(
        0, servers.get(0).startAgain(directory.resolve("unused"), "--redis-url=" + redis.url()));
    watchers.add(new Watcher(servers.get(0).grpcPort(), SERVICE));
    TimeUnit.SECONDS.sleep(TTL_SECONDS + 1);
    check();
    assertThat(epochOf(servers.get(0))).isNotEqualTo(epoch);
  }
}
