// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.store.EventLog;
import dev.rollcall.server.store.LeaseMemory;
import dev.rollcall.server.store.LeaseTable;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.store.redis.RedisSettings;
import dev.rollcall.server.store.redis.RedisStore;
import dev.rollcall.server.store.sqlite.SqliteSettings;
import dev.rollcall.server.store.sqlite.SqliteStore;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What keeps everything: a store of this server's own, or one that several servers share.
 *
 * @param memory where the leases of a single server are remembered; null: they are shared
 * @param table the leases that are shared; null: they are in this server's memory
 * @param unreadable what of it cannot be read, a line for each
 */
record Persistence(
    Store store,
    EventLog events,
    @Nullable LeaseMemory memory,
    @Nullable LeaseTable table,
    Supplier<List<String>> unreadable) {
  /**
   * Opens what the configuration asks for.
   *
   * @throws dev.rollcall.server.store.StoreException if it cannot be used
   */
  static Persistence open(
      ServerConfig config,
      Loop clock,
      InstantSource wallClock,
      ThreadFactory threads,
      Consumer<Throwable> fatal) {
    SecureRandom random = new SecureRandom();
    RedisSettings redis = config.redis();
    if (redis != null) {
      RedisStore shared = RedisStore.open(redis, clock, wallClock, random, threads);
      return new Persistence(shared, shared.events(), null, shared.leases(), shared::unreadable);
    }
    SqliteStore embedded =
        SqliteStore.open(
            new SqliteSettings(
                config.dataDir(),
                config.newEpoch(),
                config.eventsMaxCount(),
                config.eventsMaxAge()),
            random,
            threads,
            fatal);
    return new Persistence(embedded, embedded.events(), embedded, null, List::of);
  }
}
