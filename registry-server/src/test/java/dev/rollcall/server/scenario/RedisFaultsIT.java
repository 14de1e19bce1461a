// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.server.testing.Figures;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.ServerProcess;
import dev.rollcall.server.testing.Watcher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Protocol.Command;

/**
 * Two servers over one real Redis, a crowd that uses either and changes, a watcher at each; and
 * something breaks. Whatever it is: nobody who lives is evicted, nobody is told of an empty
 * service, both servers come to the same state, and the same position never means two states.
 */
@Execution(ExecutionMode.CONCURRENT)
final class RedisFaultsIT {
  private static final int TTL = Scene.TTL_SECONDS;

  @TempDir Path directory;

  private RedisServer redis;
  private Scene scene;

  private void start(String... redisOptions) throws Exception {
    redis = RedisServer.start(Files.createDirectories(directory.resolve("redis")), redisOptions);
    scene = new Scene(directory).start(redis.url(), redis.url());
    // whatever breaks breaks at any moment
    TimeUnit.MILLISECONDS.sleep(scene.random.nextInt(1_500));
  }

  @AfterEach
  void stop() {
    scene.close();
    redis.close();
  }

  @ParameterizedTest(name = "round {0}")
  @MethodSource("dev.rollcall.server.scenario.Scene#rounds")
  void serverKilled_theOtherGoesOnWithItsProbes(int round) throws Exception {
    start("--appendonly", "yes");
    String epoch = scene.epoch(0);
    await().atMost(Scene.SOON).until(() -> scene.status(0).getReplicasCount() == 2);
    scene.servers.get(1).kill();
    long killed = System.nanoTime();
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Scene.SOON)
        .until(() -> scene.status(0).getReplicasCount() == 1);
    long gone = System.nanoTime() - killed;
    Figures.print("redis: share of probes of a killed server moves after %.2f s", gone / 1e9);
    // promised in 2 s on a machine that does nothing else
    assertThat(Duration.ofNanos(gone)).isLessThan(Duration.ofSeconds(6));
    scene.watchers.remove(1).close();
    scene.servers.remove(1);
    TimeUnit.SECONDS.sleep(TTL);
    scene.check();
    assertThat(scene.epoch(0)).isEqualTo(epoch);
  }

  @ParameterizedTest(name = "round {0}")
  @MethodSource("dev.rollcall.server.scenario.Scene#rounds")
  void redisKilledWithItsLogOnDisk_nothingIsLost(int round) throws Exception {
    start("--appendonly", "yes", "--appendfsync", "always");
    String epoch = scene.epoch(0);
    redis.kill();
    TimeUnit.SECONDS.sleep(TTL + 2);
    redis.start();
    scene.awaitBeats("restarted with its log", System.nanoTime());
    TimeUnit.SECONDS.sleep(TTL);
    scene.check();
    assertThat(scene.epoch(0)).isEqualTo(epoch).isEqualTo(scene.epoch(1));
  }

  @ParameterizedTest(name = "round {0}")
  @MethodSource("dev.rollcall.server.scenario.Scene#rounds")
  void redisRestartedEmpty_theServersBringEverythingBack(int round) throws Exception {
    start();
    String epoch = scene.epoch(0);
    redis.kill();
    redis.start();
    long started = System.nanoTime();
    scene.awaitAnotherEpoch(epoch);
    scene.awaitBeats("restarted empty", started);
    TimeUnit.SECONDS.sleep(2);
    scene.check();
  }

  @ParameterizedTest(name = "round {0}")
  @MethodSource("dev.rollcall.server.scenario.Scene#rounds")
  void redisRestartedWithAnOldDump_theServersBringBackWhatItLacks(int round) throws Exception {
    start();
    Path dump = directory.resolve("redis").resolve("dump.rdb");
    redis.ask(Command.SAVE);
    Files.copy(dump, directory.resolve("old.rdb"));
    TimeUnit.SECONDS.sleep(4);
    String epoch = scene.epoch(0);
    redis.kill();
    Files.copy(directory.resolve("old.rdb"), dump, StandardCopyOption.REPLACE_EXISTING);
    redis.start();
    long started = System.nanoTime();
    scene.awaitAnotherEpoch(epoch);
    scene.awaitBeats("restarted with an old dump", started);
    TimeUnit.SECONDS.sleep(TTL);
    scene.check();
  }

  @ParameterizedTest(name = "round {0}")
  @MethodSource("dev.rollcall.server.scenario.Scene#rounds")
  void redisFlushed_theServersBringEverythingBack(int round) throws Exception {
    start("--appendonly", "yes");
    String epoch = scene.epoch(0);
    redis.ask(Command.FLUSHALL);
    scene.awaitAnotherEpoch(epoch);
    redis.ask(Command.SCRIPT, "FLUSH");
    TimeUnit.SECONDS.sleep(2);
    scene.check();
  }

  @ParameterizedTest(name = "round {0}")
  @MethodSource("dev.rollcall.server.scenario.Scene#rounds")
  void redisStoppedForThreeLeases_evictsNobody(int round) throws Exception {
    start("--appendonly", "yes");
    redis.signal("STOP");
    TimeUnit.SECONDS.sleep(3L * TTL);
    redis.signal("CONT");
    scene.awaitBeats("continued after 15 s", System.nanoTime());
    TimeUnit.SECONDS.sleep(TTL);
    scene.check();
  }

  @ParameterizedTest(name = "round {0}")
  @MethodSource("dev.rollcall.server.scenario.Scene#rounds")
  void clientsPausedForLongerThanALease_evictsNobody(int round) throws Exception {
    start();
    redis.ask(Command.CLIENT, "PAUSE", Integer.toString((TTL + 2) * 1_000), "ALL");
    TimeUnit.SECONDS.sleep(TTL + 2);
    scene.awaitBeats("CLIENT PAUSE of 7 s", System.nanoTime());
    TimeUnit.SECONDS.sleep(TTL);
    scene.check();
  }

  @ParameterizedTest(name = "round {0}")
  @MethodSource("dev.rollcall.server.scenario.Scene#rounds")
  void everythingRestarted_aNewEpochBeginsAndTheLivingStay(int round) throws Exception {
    start("--appendonly", "yes", "--appendfsync", "always");
    String epoch = scene.epoch(0);
    redis.kill();
    restartServers();
    scene.awaitAnotherEpoch(epoch);
    TimeUnit.SECONDS.sleep(TTL + 1);
    scene.check();
  }

  /** What nobody holds any more is lost, and said to be lost; and whoever lives registers again. */
  @ParameterizedTest(name = "round {0}")
  @MethodSource("dev.rollcall.server.scenario.Scene#rounds")
  void everythingRestartedWithALostTail_theLossIsAnnounced(int round) throws Exception {
    start();
    Path dump = directory.resolve("redis").resolve("dump.rdb");
    redis.ask(Command.SAVE);
    TimeUnit.SECONDS.sleep(3);
    String epoch = scene.epoch(0);
    redis.kill();
    assertThat(dump).exists();
    restartServers();
    scene.awaitAnotherEpoch(epoch);
    TimeUnit.SECONDS.sleep(TTL + 1);
    scene.checkAnnounced();
  }

  private void restartServers() throws Exception {
    scene.watchers.forEach(Watcher::close);
    scene.servers.forEach(ServerProcess::close);
    redis.start();
    scene.startAgain(redis.url());
    scene.watchers.clear();
    scene.servers.forEach(server -> scene.watch(server.grpcPort()));
  }
}
