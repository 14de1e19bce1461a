// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.util.JedisClusterCRC16;

/**
 * Opens connections to whichever server is the master now. A connection is for one thread; this may
 * be used from any. Blocks.
 */
final class Dialer {
  private static final int CONNECT_MILLIS = 1_000;

  private final RedisSettings settings;
  private final AtomicReferenceArray<@Nullable HostAndPort> masters =
      new AtomicReferenceArray<>(Keys.SHARDS);

  Dialer(RedisSettings settings) {
    this.settings = settings;
  }

  /** Whether all shards are on one server at any time. */
  boolean oneServer() {
    return settings.address().kind() != RedisAddress.Kind.CLUSTER;
  }

  /**
   * A new connection to the master of a shard.
   *
   * @param answerMillis how long an answer may take
   * @throws JedisException if it cannot be had
   */
  Connection dial(HostAndPort master, int answerMillis) {
    Connection connection =
        new Connection(master, config(answerMillis, settings.address().database(), true));
    connection.connect();
    return connection;
  }

  /** Where the master of a shard is, as far as it is known. */
  HostAndPort masterOf(int shard) {
    HostAndPort known = masters.get(shard);
    if (known == null) {
      known = find(shard);
      masters.set(shard, known);
    }
    return known;
  }

  /** The master of the shard may have moved: asks again next time. */
  void forget(int shard) {
    masters.set(shard, null);
  }

  private HostAndPort find(int shard) {
    return switch (settings.address().kind()) {
      case SINGLE -> settings.address().hosts().get(0);
      case SENTINEL -> ask(this::askSentinel);
      case CLUSTER -> ask(host -> askNode(host, shard));
    };
  }

  private interface Question {
    @Nullable HostAndPort ask(HostAndPort host);
  }

  private HostAndPort ask(Question question) {
    List<String> failures = new ArrayList<>();
    for (HostAndPort host : settings.address().hosts()) {
      try {
        HostAndPort master = question.ask(host);
        if (master != null) {
          return master;
        }
        failures.add(host + " knows no master");
      } catch (JedisException e) {
        failures.add(host + ": " + Reader.reason(e));
      }
    }
    throw new JedisConnectionException(String.join("; ", failures));
  }

  private @Nullable HostAndPort askSentinel(HostAndPort sentinel) {
    try (Connection connection = new Connection(sentinel, config(CONNECT_MILLIS, 0, false))) {
      connection.sendCommand(
          Protocol.Command.SENTINEL,
          Keys.bytes("get-master-addr-by-name"),
          Keys.bytes(settings.address().master()));
      return connection.getOne() instanceof List<?> master && master.size() == 2
          ? new HostAndPort(Keys.text(master.get(0)), Integer.parseInt(Keys.text(master.get(1))))
          : null;
    }
  }

  private @Nullable HostAndPort askNode(HostAndPort node, int shard) {
    long slot = JedisClusterCRC16.getSlot(Keys.nothing(shard));
    try (Connection connection = new Connection(node, config(CONNECT_MILLIS, 0, true))) {
      connection.sendCommand(Protocol.Command.CLUSTER, Keys.bytes("SLOTS"));
      for (Object range : (List<?>) connection.getOne()) {
        List<?> parts = (List<?>) range;
        if ((Long) parts.get(0) <= slot && slot <= (Long) parts.get(1)) {
          List<?> master = (List<?>) parts.get(2);
          String host = Keys.text(master.get(0));
          return new HostAndPort(
              host.isEmpty() ? node.getHost() : host, ((Long) master.get(1)).intValue());
        }
      }
      return null;
    }
  }

  private DefaultJedisClientConfig config(int answerMillis, int database, boolean withUser) {
    DefaultJedisClientConfig.Builder config =
        DefaultJedisClientConfig.builder()
            .resp2()
            .connectionTimeoutMillis(CONNECT_MILLIS)
            .socketTimeoutMillis(answerMillis)
            .database(database)
            .clientName("rollcall");
    if (settings.address().tls()) {
      // the JVM's trust store, and the certificate must be of this host
      config.sslOptions(SslOptions.builder().sslVerifyMode(SslVerifyMode.FULL).build());
    }
    if (withUser && !settings.password().isEmpty()) {
      config.password(settings.password());
      if (!settings.address().user().isEmpty()) {
        config.user(settings.address().user());
      }
    }
    return config.build();
  }
}
