// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import dev.rollcall.server.http.HealthPort;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.sqlite.SqliteSettings;
import dev.rollcall.server.store.sqlite.SqliteStore;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Builds every part by hand, starts them in order, and stops them in reverse. */
public final class RollcallServer implements Running {
  private static final Logger log = LoggerFactory.getLogger(RollcallServer.class);

  private final SqliteStore store;
  private final ExecutorService healthPool;
  private final HealthPort health;

  private RollcallServer(SqliteStore store, ExecutorService healthPool, HealthPort health) {
    this.store = store;
    this.healthPool = healthPool;
    this.health = health;
  }

  /**
   * Starts a server.
   *
   * @throws dev.rollcall.server.store.StoreException if the data directory cannot be used
   * @throws StartException if a port cannot be opened
   */
  public static RollcallServer start(ServerConfig config) {
    SqliteSettings settings =
        new SqliteSettings(
            config.dataDir(), config.newEpoch(), config.eventsMaxCount(), config.eventsMaxAge());
    SqliteStore store =
        SqliteStore.open(
            settings, new SecureRandom(), daemons("rollcall-store"), RollcallServer::die);
    ExecutorService healthPool = Executors.newFixedThreadPool(2, daemons("rollcall-health"));
    try {
      Kept kept = store.load();
      log.info("{}: {} namespaces", config.dataDir(), kept.namespaces().size());
      InetSocketAddress address = new InetSocketAddress(config.host(), config.httpPort());
      HealthPort health = HealthPort.open(address, List::of, healthPool);
      return new RollcallServer(store, healthPool, health);
    } catch (IOException e) {
      healthPool.shutdownNow();
      store.close();
      throw StartException.port(Flag.HTTP_PORT.option(), config.host(), config.httpPort(), e);
    }
  }

  private static ThreadFactory daemons(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  private static void die(Throwable why) {
    log.error("the store can no longer be trusted, stopping", why);
    Runtime.getRuntime().halt(1);
  }

  @Override
  public int grpcPort() {
    return 0;
  }

  @Override
  public int httpPort() {
    return health.port();
  }

  @Override
  public void close() {
    health.close();
    healthPool.shutdownNow();
    store.close();
  }
}
