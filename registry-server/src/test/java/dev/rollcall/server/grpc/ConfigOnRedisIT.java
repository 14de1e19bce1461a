// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.server.store.redis.RedisAddress;
import dev.rollcall.server.store.redis.RedisSettings;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.RunningServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The same over a real Redis. */
final class ConfigOnRedisIT extends ConfigEndpointTest {
  @TempDir static Path directory;
  private static RedisServer redis;

  @BeforeAll
  static void startRedis() {
    redis = RedisServer.start(directory, "--appendonly", "yes");
  }

  @AfterAll
  static void stopRedis() {
    redis.close();
  }

  private boolean wiped;

  @Override
  RunningServer open() throws IOException {
    if (!wiped) {
      try (var client = redis.client()) {
        client.flushAll();
      }
      wiped = true;
    }
    return new RunningServer(
        directory,
        new RedisSettings(RedisAddress.parse(redis.url()), "", 0, 100_000, Duration.ofDays(7)));
  }
}
