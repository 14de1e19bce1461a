// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.loop.ThreadLoop;
import dev.rollcall.server.store.EventLog;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.store.StoreHistoryContract;
import dev.rollcall.server.testing.RedisServer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real Redis. */
final class RedisStoreIT extends StoreHistoryContract {
  @TempDir static Path directory;
  private static RedisServer redis;
  private static ThreadLoop clock;

  private final Random random = new Random(7);

  @BeforeAll
  static void startRedis() {
    redis = RedisServer.start(directory, "--appendonly", "yes");
    clock = new ThreadLoop("test-clock");
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
    clock.close();
  }

  @BeforeEach
  void wipe() {
    try (var client = redis.client()) {
      client.flushAll();
    }
  }

  @Override
  protected Store open() {
    RedisSettings settings =
        new RedisSettings(RedisAddress.parse(redis.url()), "", 0, 100_000, Duration.ofDays(7));
    return RedisStore.open(settings, clock, Instant::now, random, Thread::new);
  }

  @Override
  protected EventLog events() {
    return ((RedisStore) store()).events();
  }
}
