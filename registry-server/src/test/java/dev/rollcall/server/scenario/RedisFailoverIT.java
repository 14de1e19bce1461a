// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.Crowd;
import dev.rollcall.server.testing.CuttingProxy;
import dev.rollcall.server.testing.RedisCluster;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Protocol.Command;

/** Two servers over a Redis with a copy, which takes its place. */
@Execution(ExecutionMode.CONCURRENT)
final class RedisFailoverIT {
  @TempDir Path directory;

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.add(part);
    return part;
  }

  private Scene scene(String... urls) throws Exception {
    Scene scene = opened(new Scene(directory)).start(urls);
    TimeUnit.MILLISECONDS.sleep(scene.random.nextInt(1_500));
    return scene;
  }

  private RedisServer redis(String name, String... options) throws IOException {
    return opened(RedisServer.start(Files.createDirectories(directory.resolve(name)), options));
  }

  private RedisServer copyOf(RedisServer master) throws IOException {
    RedisServer copy = redis("copy", "--replicaof", "127.0.0.1", Integer.toString(master.port()));
    await().atMost(Scene.SOON).until(() -> master.ask(Command.WAIT, "1", "100").equals(1L));
    return copy;
  }

  /** From now on it gets nothing new. */
  private static void leaveBehind(RedisServer copy) {
    copy.ask(Command.REPLICAOF, "127.0.0.1", Integer.toString(RedisServer.freePort()));
  }

  @ParameterizedTest(name = "round {0}")
  @MethodSource("dev.rollcall.server.scenario.Scene#rounds")
  void sentinelTakesACopyThatLagged_theServersBringBackWhatItLacks(int round) throws Exception {
    RedisServer master = redis("master");
    RedisServer copy = copyOf(master);
    Path sentinels = Files.createDirectories(directory.resolve("sentinel"));
    RedisServer sentinel = opened(RedisServer.startSentinel(sentinels, "rollcall", master));
    await()
        .atMost(Scene.SOON)
        .until(
            () -> ((List<?>) sentinel.ask(Command.SENTINEL, "REPLICAS", "rollcall")).size() == 1);
    String url = "redis-sentinel://127.0.0.1:%d/rollcall".formatted(sentinel.port());
    Scene scene = scene(url, url);
    String epoch = scene.epoch(0);
    leaveBehind(copy);
    TimeUnit.MILLISECONDS.sleep(2_500);
    master.kill();
    long killed = System.nanoTime();
    scene.awaitAnotherEpoch(epoch);
    scene.awaitBeats("Sentinel took a copy that lagged", killed);
    TimeUnit.SECONDS.sleep(Scene.TTL_SECONDS);
    scene.check();
  }

  @ParameterizedTest(name = "round {0}")
  @MethodSource("dev.rollcall.server.scenario.Scene#rounds")
  void ownerOfASlotIsKilled_itsCopyGoesOn(int round) throws Exception {
    RedisCluster cluster = opened(new RedisCluster(directory, "default"));
    Scene scene = scene(cluster.url(), cluster.url());
    cluster.owner().kill();
    scene.awaitBeats("the owner of a slot was killed", System.nanoTime());
    TimeUnit.SECONDS.sleep(Scene.TTL_SECONDS);
    scene.check();
  }

  @ParameterizedTest(name = "round {0}")
  @MethodSource("dev.rollcall.server.scenario.Scene#rounds")
  void bothSidesOfASplitWrite_whatEitherAcknowledgedIsThereAfterIt(int round) throws Exception {
    RedisServer one = redis("one");
    RedisServer other = copyOf(one);
    CuttingProxy first = opened(new CuttingProxy(one.port()));
    CuttingProxy second = opened(new CuttingProxy(one.port()));
    String url = "redis://127.0.0.1:";
    Scene scene = scene(url + first.port(), url + second.port());
    scene.crowd().stopChanging();
    TimeUnit.SECONDS.sleep(2);
    String epoch = scene.epoch(0);
    other.ask(Command.REPLICAOF, "NO", "ONE");
    second.leadTo(other.port());
    for (int i = 0; i < 3; i++) {
      register(scene, 0, "left-" + i);
      register(scene, 1, "right-" + i);
      register(scene, i % 2, "both-" + i);
    }
    register(scene, 1, "right-3");
    one.ask(Command.REPLICAOF, "127.0.0.1", Integer.toString(other.port()));
    first.leadTo(other.port());
    scene.awaitAnotherEpoch(epoch);
    try (Client client = new Client(scene.servers.get(1).grpcPort())) {
      await()
          .atMost(Scene.SOON)
          .untilAsserted(
              () -> assertThat(Crowd.listed(client, Scene.SERVICE)).hasSize(Scene.SIZE + 10));
    }
    TimeUnit.SECONDS.sleep(Scene.TTL_SECONDS);
    scene.check(epoch);
  }

  private static void register(Scene scene, int server, String id) {
    RegisterRequest.Builder request = RunningServer.request(Scene.SERVICE, id);
    request.setLeaseId("the-secret-of-" + id + "-in-the-split");
    request.getInstanceBuilder().getLeaseTtlBuilder().setSeconds(60);
    try (Client client = new Client(scene.servers.get(server).grpcPort())) {
      // the connections to Redis were cut just now: UNAVAILABLE asks to send it again
      await()
          .atMost(Scene.SOON)
          .ignoreException(StatusRuntimeException.class)
          .until(() -> client.calls().register(request.build()).getRevision() > 0);
    }
  }
}
