// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import static dev.rollcall.server.store.Samples.key;
import static dev.rollcall.server.store.Samples.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.server.store.RecordingFeed;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.testing.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Namespaces whose keys in Redis somebody else has spoilt: the others do not suffer. */
@Execution(ExecutionMode.CONCURRENT)
final class UnreadableNamespaceIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final String POOR = "poor";
  private static final String WELL = "well";

  @TempDir Path directory;

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
    Replica replica = Replica.open(redis.url(), new ShiftedClock(), replicas.size());
    replicas.add(replica);
    return replica;
  }

  private void spoil(String how) {
    String meta = Keys.text(Keys.of(POOR).meta());
    String inst = Keys.text(Keys.of(POOR).inst());
    try (var client = redis.client()) {
      switch (how) {
        case "meta is text" -> {
          client.del(meta);
          client.set(meta, "garbage");
        }
        case "no revision" -> client.hdel(meta, "revision");
        case "records are text" -> {
          client.del(inst);
          client.set(inst, "garbage");
        }
        default -> client.hset(meta, Map.of("revision", "garbage", "run", "0123"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"meta is text", "no revision", "records are text", "garbage, restarted"})
  void namespaceThatMakesNoSense_isLeftOutAtAStart_andTheOthersGoOn(String how) {
    Replica a = replica();
    a.commit(POOR, put(key("a"), "1"));
    a.commit(WELL, put(key("a"), "1"));
    a.close();
    spoil(how);
    Replica b = replica();
    assertThat(b.kept.namespaces())
        .extracting(kept -> kept.catalog().namespace())
        .containsExactly(WELL);
    b.commit(WELL, put(key("a"), "2"));
    if (!how.equals("records are text")) {
      await().atMost(SOON).until(() -> b.feed.recovering(POOR));
      assertThat(b.store.unreadable())
          .singleElement()
          .asString()
          .startsWith("namespace poor cannot be read");
      Store.Append append = b.append(POOR, put(key("b"), "1"));
      RecordingFeed.Answer answer = b.feed.answer(append);
      assertThat(answer.failure()).isEqualTo(Store.Failure.UNREADABLE);
    }
    assertThat(b.store.standing().up()).isTrue();
  }

  @Test
  void namespaceThatStopsMakingSense_keepsItsLastViewUntilItIsMended() {
    Replica a = replica();
    a.commit(POOR, put(key("a"), "1"));
    a.commit(WELL, put(key("a"), "1"));
    spoil("garbage");
    await().atMost(SOON).until(() -> a.feed.recovering(POOR));
    assertThat(a.view(POOR).instances()).isEqualTo(1);
    a.commit(WELL, put(key("a"), "2"));
    try (var client = redis.client()) {
      client.hset(Keys.text(Keys.of(POOR).meta()), "revision", "1");
    }
    await().atMost(SOON).until(() -> !a.feed.recovering(POOR));
    assertThat(a.store.unreadable()).isEmpty();
    a.commit(POOR, put(key("a"), "2"));
  }
}
