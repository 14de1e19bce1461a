// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import static dev.rollcall.server.store.Samples.key;
import static dev.rollcall.server.store.Samples.put;
import static dev.rollcall.server.store.Samples.remove;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.server.store.LeaseTable;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.testing.CuttingProxy;
import dev.rollcall.server.testing.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;

/** Stores over one real Redis that goes away, forgets, or holds what nobody of us wrote. */
@Execution(ExecutionMode.CONCURRENT)
final class RedisTroubleIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String NS = "shop";

  @TempDir Path directory;

  private final ShiftedClock clock = new ShiftedClock();
  private final List<Replica> replicas = new ArrayList<>();
  private RedisServer redis;

  @BeforeEach
  void start() {
    redis = RedisServer.start(directory);
  }

  @AfterEach
  void stop() {
    replicas.forEach(Replica::close);
    redis.close();
  }

  private Replica replica() {
    return replica(redis.url());
  }

  private Replica replica(String url) {
    Replica replica = Replica.open(url, clock, replicas.size());
    replicas.add(replica);
    return replica;
  }

  private static String at(String part) {
    return Keys.text(
        switch (part) {
          case "meta" -> Keys.of(NS).meta();
          case "inst" -> Keys.of(NS).inst();
          case "lease" -> Keys.of(NS).lease();
          default -> Keys.of(NS).log();
        });
  }

  private static void awaitSame(Replica a, Replica b) {
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(b.view(NS).position()).isEqualTo(a.view(NS).position()));
    assertThat(b.view(NS).instances()).isEqualTo(a.view(NS).instances());
  }

  @Test
  void beats_goOnAfterRedisWasAway() {
    Replica a = replica();
    a.commit(NS, put(key("a"), "1"));
    redis.kill();
    await().atMost(SOON).until(() -> !renews(a));
    redis.start();
    await().atMost(SOON).until(() -> renews(a));
    assertThat(a.store.leases().due(NS, a.view(NS).position().epoch(), LeaseTable.Look.USUAL))
        .succeedsWithin(Duration.ofSeconds(5))
        .extracting(LeaseTable.Due::leases)
        .isEqualTo(1L);
  }

  private static boolean renews(Replica replica) {
    try {
      return !replica.renew(NS, key("a")).otherEpoch();
    } catch (Exception e) {
      return false;
    }
  }

  @Test
  void beatsOfNamespacesThatNobodyWroteTo_leaveNothingBehind() throws Exception {
    Replica a = replica();
    for (int i = 0; i < 50; i++) {
      a.renew("unborn-" + i, key("a"));
    }
    assertThat(a.store.lines()).isZero();
  }

  @Test
  void unbornNamespace_leasesAreMissing() throws Exception {
    LeaseTable.Renewed renewed = replica().renew("unborn", key("a"));
    assertThat(renewed.otherEpoch()).isFalse();
    assertThat(renewed.missing()).containsExactly(key("a"));
  }

  @Test
  void repliesThatAreCut_theChangeIsSentAgain_andWhatWasDeletedMeanwhileStaysDeleted()
      throws Exception {
    Replica b = replica();
    b.commit(NS, put(key("other"), "1"));
    try (CuttingProxy proxy = new CuttingProxy(redis.port())) {
      Replica a = replica("redis://127.0.0.1:" + proxy.port());
      a.commit(NS, put(key("before"), "1"));
      proxy.dropReplies();
      Store.Append append = a.append(NS, put(key("a"), "1"));
      await().atMost(SOON).until(() -> b.find(NS, key("a")) != null);
      b.commit(NS, remove(key("a")));
      await().atMost(SOON).until(() -> proxy.droppedReplies() > 0);
      proxy.pass();
      proxy.cut();
      assertThat(a.feed.answer(append).commit()).isNotNull();
      awaitSame(b, a);
      assertThat(a.find(NS, key("a"))).isNull();
      assertThat(b.view(NS).position().revision()).isEqualTo(4);
      a.commit(NS, put(key("a"), "2"));
      a.close();
    }
  }

  @Test
  void foreignLogEntryBeyondTheHead_isTakenOutAndWritingGoesOn() {
    Replica a = replica();
    Replica b = replica();
    a.commit(NS, put(key("a"), "1"));
    try (var client = redis.client()) {
      client.xadd(at("log"), XAddParams.xAddParams(), Map.of("n", "garbage", "c", "garbage"));
    }
    a.commit(NS, put(key("b"), "1"));
    a.commit(NS, put(key("a"), "2"));
    awaitSame(a, b);
    assertThat(replica().view(NS).instances()).isEqualTo(2);
    assertThat(a.store.takenOut() + b.store.takenOut()).isPositive();
  }

  @Test
  void foreignLogEntryInBetween_isTakenOutAndWritingGoesOn() {
    Replica a = replica();
    Replica b = replica();
    a.commit(NS, put(key("a"), "1"));
    awaitSame(a, b);
    try (var client = redis.client()) {
      client.xadd(at("log"), new StreamEntryID(1, 7), Map.of("x", "garbage"));
    }
    a.commit(NS, put(key("b"), "1"));
    a.commit(NS, put(key("a"), "2"));
    awaitSame(a, b);
    assertThat(replica().view(NS).instances()).isEqualTo(2);
  }

  @Test
  void foreignLogEntryInTheNextPlace_isTakenOutAndWritingGoesOn() {
    Replica a = replica();
    a.commit(NS, put(key("a"), "1"));
    try (var client = redis.client()) {
      client.xadd(at("log"), new StreamEntryID(2, 0), Map.of("n", "zz", "p", "zz", "c", "?"));
    }
    Replica b = replica();
    a.commit(NS, put(key("b"), "1"));
    awaitSame(a, b);
    assertThat(b.view(NS).instances()).isEqualTo(2);
  }

  @Test
  void recordThatIsGarbage_isLeftOutAndCountedAndMayBeWrittenOver() {
    Replica a = replica();
    a.commit(NS, put(key("a"), "1"));
    a.commit(NS, put(key("b"), "1"));
    try (var client = redis.client()) {
      client.hset(at("inst"), key("a").toString(), "garbage");
      client.hset(at("inst"), key("c").toString(), "7|0123456789abcdef|1000|0|garbage");
    }
    Replica b = replica();
    assertThat(b.store.quarantined()).isEqualTo(2);
    assertThat(b.store.unreadable())
        .containsExactly("2 records of namespace %s cannot be read and are left out".formatted(NS));
    assertThat(b.view(NS).instances()).isEqualTo(1);
    b.commit(NS, put(key("a"), "2"));
    b.commit(NS, put(key("c"), "2"));
    assertThat(b.store.quarantined()).isZero();
    awaitSame(b, a);
  }

  @Test
  void recordThatBecomesGarbage_mayStillBeChangedAndEndsWithItsLease() throws Exception {
    Replica a = replica();
    a.commit(NS, put(key("a"), "1"));
    a.commit(NS, put(key("b"), "1"));
    try (var client = redis.client()) {
      client.hset(at("inst"), key("a").toString(), "garbage");
      client.hset(at("inst"), key("b").toString(), "garbage");
      assertThat(a.store.leases().terms(NS, List.of(key("a"))).get(5, TimeUnit.SECONDS))
          .containsOnlyKeys(key("a"));
      a.commit(NS, put(key("a"), "2"));
      String epoch = a.view(NS).position().epoch();
      // however slow the machine is, that is no outage
      var look =
          new LeaseTable.Look(Duration.ZERO, Set.of(), Duration.ofMinutes(1), LeaseTable.MOST);
      client.zadd(at("lease"), System.currentTimeMillis() - 1_000, key("b").toString());
      assertThat(a.store.leases().due(NS, epoch, look).get(5, TimeUnit.SECONDS).ended())
          .containsOnlyKeys(key("b"));
      client.zadd(at("lease"), System.currentTimeMillis() - 20_000, key("b").toString());
      assertThat(a.store.leases().due(NS, epoch, look).get(5, TimeUnit.SECONDS).ended()).isEmpty();
      assertThat(client.hexists(at("inst"), key("b").toString())).isFalse();
    }
  }

  @Test
  void garbageInTheWay_recoveryBringsTheRestBack() {
    Replica a = replica();
    a.commit(NS, put(key("a"), "1"));
    a.commit(NS, put(key("b"), "1"));
    String epoch = a.view(NS).position().epoch();
    try (var client = redis.client()) {
      client.flushAll();
      client.hset(at("inst"), key("a").toString(), "garbage");
    }
    await().atMost(SOON).until(() -> !a.view(NS).position().epoch().equals(epoch));
    assertThat(a.view(NS).instances()).isEqualTo(2);
    a.commit(NS, put(key("a"), "2"));
  }

  @Test
  void emptyStoreWithANewcomersFirstChange_isFilledFromAnOldViewToo() throws Exception {
    try (CuttingProxy proxy = new CuttingProxy(redis.port())) {
      Replica a = replica("redis://127.0.0.1:" + proxy.port());
      a.commit(NS, put(key("a"), "1"));
      a.commit(NS, put(key("b"), "1"));
      proxy.dropReplies();
      await().atMost(SOON).until(() -> !a.store.standing().up());
      clock.putForward(Duration.ofMinutes(2));
      try (var client = redis.client()) {
        client.flushAll();
      }
      Replica newcomer = replica();
      newcomer.commit(NS, put(key("new"), "1"));
      proxy.pass();
      await().atMost(SOON).until(() -> newcomer.view(NS).instances() == 3);
      awaitSame(newcomer, a);
      a.close();
    }
  }

  @Test
  void redisGoesBackTwice_eachTimeWhatItLostComesBackAndDeletionsStay() throws Exception {
    Replica a = replica();
    a.commit(NS, put(key("a"), "1"));
    a.commit(NS, put(key("b"), "1"));
    Path first = dump("first.rdb");
    a.commit(NS, put(key("a"), "2"));
    a.commit(NS, remove(key("b")));
    Path second = dump("second.rdb");
    a.commit(NS, put(key("c"), "1"));
    // the last one may be on its way for the lane and come back by itself, in its old place
    a.commit(NS, put(key("d"), "1"));
    for (Path dump : List.of(second, first)) {
      String epoch = a.view(NS).position().epoch();
      redis.kill();
      Files.copy(dump, directory.resolve("dump.rdb"), StandardCopyOption.REPLACE_EXISTING);
      redis.start();
      await().atMost(SOON).until(() -> !a.view(NS).position().epoch().equals(epoch));
      assertThat(a.find(NS, key("a")).instance().version()).isEqualTo("2");
      assertThat(a.find(NS, key("b"))).isNull();
      assertThat(a.find(NS, key("c"))).isNotNull();
      assertThat(a.find(NS, key("d"))).isNotNull();
    }
    awaitSame(a, replica());
  }

  private Path dump(String name) throws IOException {
    redis.ask(Protocol.Command.SAVE);
    return Files.copy(directory.resolve("dump.rdb"), directory.resolve(name));
  }

  @Test
  void recoveryThatNobodyEnded_holdsUpNoStart() {
    Replica a = replica();
    a.commit(NS, put(key("a"), "1"));
    try (var client = redis.client()) {
      client.hset(at("meta"), "recovering", "1000");
    }
    long before = System.nanoTime();
    replica();
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void manyNamespacesThatNobodyVouchesFor_areWaitedForTogether() {
    Replica a = replica();
    for (int i = 0; i < 20; i++) {
      a.commit("n" + i, put(key("a"), "1"));
    }
    a.close();
    try (var client = redis.client()) {
      for (int i = 0; i < 20; i++) {
        client.hset(Keys.text(Keys.of("n" + i).meta()), "run", "0123");
      }
    }
    long before = System.nanoTime();
    Replica b = replica();
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    assertThat(b.kept.namespaces()).hasSize(20);
  }
}
