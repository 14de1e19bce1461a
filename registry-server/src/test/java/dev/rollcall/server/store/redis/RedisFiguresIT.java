// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import static dev.rollcall.server.store.Samples.key;
import static dev.rollcall.server.store.Samples.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.LeaseTable;
import dev.rollcall.server.store.RecordCodec;
import dev.rollcall.server.store.RecordingFeed;
import dev.rollcall.server.store.Samples;
import dev.rollcall.server.testing.Figures;
import dev.rollcall.server.testing.RedisServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.params.XAddParams;

/** How fast the store is through a real Redis; a usual build only sees that it works. */
final class RedisFiguresIT {
  private static final String NS = "shop";

  /** More than a server reads of them. */
  private static final int LOG_ENTRIES = 100_000;

  @TempDir Path directory;

  private final ShiftedClock clock = new ShiftedClock();
  private RedisServer redis;

  @BeforeEach
  void start() {
    redis = RedisServer.start(directory, "--appendonly", "yes");
  }

  @AfterEach
  void stop() {
    redis.close();
  }

  /** Notes when each change came. */
  private static final class Arrivals extends RecordingFeed {
    final Map<Long, Long> nanos = new ConcurrentHashMap<>();

    @Override
    public void committed(String namespace, List<Commit> commits) {
      long now = System.nanoTime();
      commits.forEach(commit -> nanos.put(commit.position().nonce(), now));
      super.committed(namespace, commits);
    }
  }

  private RedisStore store(RecordingFeed feed) {
    RedisStore store =
        RedisStore.open(
            Replica.settings(redis.url(), ""), clock, Instant::now, new Random(1), Thread::new);
    store.load();
    store.feed(feed);
    return store;
  }

  @Test
  void changes_reachTheSecondServerSoon() throws InterruptedException {
    int changes = Figures.usuallyOrLong(300, 5_000);
    Arrivals here = new Arrivals();
    Arrivals there = new Arrivals();
    try (RedisStore first = store(here);
        RedisStore second = store(there)) {
      assertThat(second.standing().up()).isTrue();
      Map<Long, Long> sent = new ConcurrentHashMap<>();
      for (int i = 0; i < changes; i++) {
        var append = Samples.append(here.view(NS).position(), NS, 0, put(key("a" + i), "1"));
        sent.put(append.nonce(), System.nanoTime());
        first.append(append);
        TimeUnit.MILLISECONDS.sleep(2);
      }
      await().until(() -> there.nanos.size() == changes);
      List<Long> took = new ArrayList<>();
      there.nanos.forEach((nonce, at) -> took.add(at - sent.get(nonce)));
      Figures.print("redis: a change reaches the second server: %s", Figures.percentiles(took));
      assertThat(Duration.ofNanos(Figures.percentile(took, 0.5))).isLessThan(Duration.ofMillis(50));
    }
  }

  @Test
  void manyAtOnce_areSentTogether() throws InterruptedException {
    int changes = Figures.usuallyOrLong(2_000, 50_000);
    LongAdder renewed = new LongAdder();
    Arrivals feed = new Arrivals();
    try (RedisStore store = store(feed)) {
      long before = System.nanoTime();
      for (int i = 0; i < changes; i++) {
        store.append(Samples.append(feed.view(NS).position(), NS, 0, put(key("a" + i), "1")));
      }
      await().atMost(Duration.ofMinutes(2)).until(() -> feed.nanos.size() == changes);
      double seconds = (System.nanoTime() - before) / 1e9;
      Figures.print("redis: %.0f changes a second through the store", changes / seconds);
      Semaphore room = new Semaphore(1_000);
      String epoch = feed.view(NS).position().epoch();
      long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(Figures.usuallyOrLong(1, 5));
      before = System.nanoTime();
      for (int i = 0; System.nanoTime() < until; i++) {
        room.acquire();
        InstanceKey key = key("a" + i % changes);
        var beat = List.of(new LeaseTable.Beat(key, Duration.ofSeconds(10)));
        var unused =
            store
                .leases()
                .renew(NS, epoch, beat)
                .whenComplete(
                    (answer, failure) -> {
                      renewed.add(answer == null ? 0 : 1);
                      room.release();
                    });
      }
      room.acquire(1_000);
      seconds = (System.nanoTime() - before) / 1e9;
      Figures.print("redis: %.0f renewals a second through the store", renewed.sum() / seconds);
      assertThat(renewed.sum()).isPositive();
    }
    plain(changes);
  }

  /**
   * The ceiling: the same bytes into a hash and a stream, unconditionally and a thousand at once.
   */
  private void plain(int changes) {
    byte[] value = RecordCodec.encode(((Change.Put) put(key("a"), "1")).registration());
    try (var client = redis.client();
        var pipeline = client.pipelined()) {
      long before = System.nanoTime();
      for (int i = 0; i < changes; i++) {
        pipeline.hset(Keys.bytes("plain"), Keys.bytes("a" + i), value);
        pipeline.xadd(Keys.bytes("log"), XAddParams.xAddParams(), Map.of(Keys.bytes("c"), value));
        if (i % 1_000 == 999) {
          pipeline.sync();
        }
      }
      pipeline.sync();
      double seconds = (System.nanoTime() - before) / 1e9;
      Figures.print("redis: %.0f plain HSET and XADD a second beside", changes / seconds);
      before = System.nanoTime();
      for (int i = 0; i < changes; i++) {
        pipeline.zadd(Keys.bytes("leases"), i, Keys.bytes("a" + i));
        if (i % 1_000 == 999) {
          pipeline.sync();
        }
      }
      pipeline.sync();
      seconds = (System.nanoTime() - before) / 1e9;
      Figures.print("redis: %.0f plain ZADD a second beside", changes / seconds);
    }
  }

  @Test
  void aStart_readsEverything() {
    fill(Figures.usuallyOrLong(10_000, 100_000));
    if (Figures.usuallyOrLong(0, 1) == 1) {
      fill(1_000_000);
    }
  }

  private void fill(int instances) {
    redis.ask(Command.FLUSHALL);
    Keys keys = Keys.of(NS);
    try (var client = redis.client();
        var pipeline = client.pipelined()) {
      for (int i = 1; i <= instances; i++) {
        Registration record = ((Change.Put) put(key("a" + i), "1")).registration();
        byte[] header = (i + "|0123456789abcdef|10000|0|").getBytes(StandardCharsets.UTF_8);
        byte[] bytes = RecordCodec.encode(record);
        byte[] value = Arrays.copyOf(header, header.length + bytes.length);
        System.arraycopy(bytes, 0, value, header.length, bytes.length);
        pipeline.hset(keys.inst(), Keys.bytes(record.key().toString()), value);
        if (i > instances - LOG_ENTRIES) {
          pipeline.xadd(keys.log(), entry(record), XAddParams.xAddParams().id(i + "-0"));
        }
        if (i % 10_000 == 0) {
          pipeline.sync();
        }
      }
      pipeline.hset(
          Keys.text(keys.meta()),
          Map.of(
              "epoch",
              "aaaaaaaaaaaa",
              "revision",
              Integer.toString(instances),
              "nonce",
              "0123456789abcdef"));
      pipeline.xadd(Keys.text(Keys.names(keys.shard())), XAddParams.xAddParams(), Map.of("n", NS));
      pipeline.sync();
    }
    read(instances);
  }

  private static Map<byte[], byte[]> entry(Registration record) {
    Map<byte[], byte[]> entry = new LinkedHashMap<>();
    entry.put(Keys.bytes("n"), Keys.bytes("0123456789abcdef"));
    entry.put(Keys.bytes("p"), Keys.bytes("0123456789abcdef"));
    entry.put(Keys.bytes("i"), Keys.bytes(record.key().toString()));
    entry.put(Keys.bytes("u"), Keys.bytes(0));
    entry.put(Keys.bytes("t"), Keys.bytes(0));
    entry.put(Keys.bytes("c"), RecordCodec.encode(new Change.Put(record)));
    return entry;
  }

  private void read(int instances) {
    try (RedisStore store =
        RedisStore.open(
            Replica.settings(redis.url(), ""), clock, Instant::now, new Random(1), Thread::new)) {
      long before = System.nanoTime();
      Kept kept = store.load();
      double seconds = (System.nanoTime() - before) / 1e9;
      assertThat(kept.namespaces().get(0).catalog().instances()).isEqualTo(instances);
      assertThat(kept.namespaces().get(0).catalog().position())
          .isEqualTo(new Position("aaaaaaaaaaaa", instances, 0x0123456789abcdefL));
      assertThat(kept.namespaces().get(0).log()).hasSizeGreaterThanOrEqualTo(10_000);
      Figures.print("redis: %,d instances are read in %.2f s", instances, seconds);
    }
  }
}
