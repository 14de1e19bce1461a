// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import static dev.rollcall.server.store.Samples.key;
import static dev.rollcall.server.store.Samples.put;
import static dev.rollcall.server.store.Samples.remove;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.server.store.LeaseTable;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.store.StoreException;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.ServerCertificate;
import dev.rollcall.server.testing.ServerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import redis.clients.jedis.Protocol.Command;

/** What a Redis must be like to be used, and what happens where it is not. */
@Execution(ExecutionMode.CONCURRENT)
final class RedisAccessIT {
  private static final String NS = "shop";
  private static final Duration A_DAY = Duration.ofDays(1);
  private static final Pattern RIGHTS = Pattern.compile("`(~rollcall:\\* [^`]+)`");

  @TempDir Path directory;

  private final ShiftedClock clock = new ShiftedClock();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
  }

  private RedisServer redis(String name, String... options) throws Exception {
    RedisServer redis =
        RedisServer.start(Files.createDirectories(directory.resolve(name)), options);
    open.add(redis);
    return redis;
  }

  private Replica replica(RedisSettings settings) {
    Replica replica = Replica.open(settings, clock, 1);
    open.add(replica);
    return replica;
  }

  private static String rightsInTheReadme() throws Exception {
    Matcher rights = RIGHTS.matcher(Files.readString(Path.of("..", "README.md")));
    assertThat(rights.find()).isTrue();
    return rights.group(1).replaceAll("\\s+", " ");
  }

  @Test
  void userWithTheRightsInTheReadme_canDoAllThatIsNeeded() throws Exception {
    RedisServer redis = redis("acl");
    List<String> user = new ArrayList<>(List.of("SETUSER", "rollcall", "on", ">secret"));
    user.addAll(List.of(rightsInTheReadme().split(" ")));
    redis.ask(Command.ACL, user.toArray(String[]::new));
    String url = "redis://rollcall@127.0.0.1:" + redis.port();
    RedisSettings settings =
        new RedisSettings(RedisAddress.parse(url), "secret", 1, 1_000, Duration.ofDays(1));
    Replica a = replica(settings);
    a.commit(NS, put(key("a"), "1"));
    assertThat(a.renew(NS, key("a")).missing()).isEmpty();
    String epoch = a.view(NS).position().epoch();
    // as after an outage, which the lease outlasts
    redis.ask(Command.HSET, Keys.text(Keys.of(NS).meta()), "swept", "1");
    redis.ask(Command.ZADD, Keys.text(Keys.of(NS).lease()), "1", key("a").toString());
    assertThat(a.store.leases().due(NS, epoch, LeaseTable.Look.USUAL))
        .succeedsWithin(Duration.ofSeconds(5))
        .satisfies(due -> assertThat(due.ended()).isEmpty());
    assertThat(a.store.leases().terms(NS, List.of(key("a"))))
        .succeedsWithin(Duration.ofSeconds(5))
        .satisfies(terms -> assertThat(terms.get(key("a")).silence()).isGreaterThan(A_DAY));
    redis.ask(Command.FLUSHALL);
    await().until(() -> !a.view(NS).position().epoch().equals(epoch));
    redis.ask(Command.XADD, Keys.text(Keys.of(NS).log()), "9999-0", "foreign", "entry");
    a.commit(NS, remove(key("a")));
    a.commit(NS, put(key("b"), "1"));
    assertThat(replica(settings).view(NS).instances()).isEqualTo(1);
  }

  @Test
  void userWithoutTheRights_isToldWhichAreMissing() throws Exception {
    RedisServer redis = redis("acl");
    redis.ask(Command.ACL, "SETUSER", "poor", "on", ">secret", "~*", "+@read", "+@connection");
    String url = "redis://poor@127.0.0.1:" + redis.port();
    assertThatThrownBy(() -> replica(Replica.settings(url, "secret")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(rightsInTheReadme());
  }

  @Test
  void wrongPassword_isOneClearLine() throws Exception {
    RedisServer redis = redis("password", "--requirepass", "right");
    assertThatThrownBy(() -> replica(Replica.settings(redis.url(), "wrong")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("redis://127.0.0.1:" + redis.port())
        .hasMessageContaining("WRONGPASS")
        .hasMessageNotContaining("wrong ");
  }

  @Test
  void redisThatThrowsThingsAway_isNotUsed() throws Exception {
    RedisServer redis = redis("lru", "--maxmemory-policy", "allkeys-lru");
    assertThatThrownBy(() -> replica(Replica.settings(redis.url(), "")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("allkeys-lru")
        .hasMessageContaining("noeviction");
  }

  @Test
  void redisThatThrowsThingsAwayAndHidesIt_isNotUsedEither() throws Exception {
    RedisServer redis = redis("lru", "--maxmemory-policy", "allkeys-lru");
    redis.ask(Command.ACL, "SETUSER", "shy", "on", ">secret", "~*", "+@all", "-config");
    String url = "redis://shy@127.0.0.1:" + redis.port();
    assertThatThrownBy(() -> replica(Replica.settings(url, "secret")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("allkeys-lru");
  }

  @Test
  void memoryIsFull_isSaidAndWritingGoesOnOnceThereIsRoom() throws Exception {
    RedisServer redis = redis("full");
    Replica a = replica(Replica.settings(redis.url(), ""));
    a.commit(NS, put(key("a"), "1"));
    redis.ask(Command.CONFIG, "SET", "maxmemory", "1");
    Store.Append refused = a.append(NS, put(key("b"), "1"));
    assertThat(a.feed.answer(refused).failure()).isEqualTo(Store.Failure.FULL);
    assertThat(a.store.standing().up()).isTrue();
    redis.ask(Command.CONFIG, "SET", "maxmemory", "0");
    a.commit(NS, put(key("b"), "1"));
    assertThat(a.renew(NS, key("b")).missing()).isEmpty();
  }

  @Test
  void replicasThatAreWaitedFor_haveAChangeBeforeItIsTold() throws Exception {
    RedisServer redis = redis("master");
    RedisServer copy = redis("copy", "--replicaof", "127.0.0.1", Integer.toString(redis.port()));
    await().until(() -> redis.ask(Command.WAIT, "1", "100").equals(1L));
    RedisSettings settings =
        new RedisSettings(RedisAddress.parse(redis.url()), "", 1, 1_000, Duration.ofDays(1));
    Replica a = replica(settings);
    a.commit(NS, put(key("a"), "1"));
    copy.signal("STOP");
    try {
      long before = System.nanoTime();
      a.commit(NS, put(key("b"), "1"));
      assertThat(Duration.ofNanos(System.nanoTime() - before))
          .isGreaterThan(Duration.ofMillis(900));
    } finally {
      copy.signal("CONT");
    }
  }

  @Test
  void tls_isSpokenToWhoeverTheJvmTrusts() throws Exception {
    ServerCertificate certificate = new ServerCertificate(directory);
    int port = RedisServer.freePort();
    try {
      redis(
          "tls",
          "--tls-port",
          Integer.toString(port),
          "--tls-cert-file",
          certificate.certificate().toString(),
          "--tls-key-file",
          certificate.key().toString(),
          "--tls-ca-cert-file",
          certificate.certificate().toString(),
          "--tls-auth-clients",
          "no");
    } catch (IllegalStateException e) {
      assertThat(e).hasMessageContaining("Bad directive");
      System.out.println("this redis-server knows no TLS: it is not tried");
      return;
    }
    String flag = "--redis-url=rediss://127.0.0.1:" + port;
    try (ServerProcess server =
            ServerProcess.start(
                "-XX:TieredStopAtLevel=1 " + certificate.trustOptions(), directory, flag);
        Client client = new Client(server.grpcPort())) {
      client.calls().register(RunningServer.request("s", "a").build());
      assertThat(
              client
                  .calls()
                  .get(GetRequest.newBuilder().setService("s").setAllStatuses(true).build())
                  .getInstancesList())
          .hasSize(1);
    }
    assertThatThrownBy(() -> replica(Replica.settings(flag.substring(12), "")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("certif");
  }

  @Test
  void redisThatIsNotThere_isOneClearLine() {
    String url = "redis://127.0.0.1:" + RedisServer.freePort();
    assertThatThrownBy(() -> replica(Replica.settings(url, "")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining(url)
        .hasMessageContaining("refused");
  }
}
