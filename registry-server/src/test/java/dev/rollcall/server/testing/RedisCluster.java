// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.util.JedisClusterCRC16;

/** The smallest cluster that fails over: three masters, and a copy of that which holds a shard. */
public final class RedisCluster implements AutoCloseable {
  private static final int SLOTS = 16_384;
  private static final Duration SOON = Duration.ofSeconds(20);

  private final List<RedisServer> masters = new ArrayList<>();
  private final RedisServer copy;
  private final RedisServer owner;

  /** Starts it; the owner of this namespace has the copy. */
  public RedisCluster(Path directory, String namespace) throws IOException {
    for (int i = 0; i < 3; i++) {
      masters.add(node(directory, i));
    }
    copy = node(directory, 3);
    for (int i = 0; i < 3; i++) {
      String[] slots =
          Stream.concat(
                  Stream.of("ADDSLOTS"),
                  IntStream.range(SLOTS * i / 3, SLOTS * (i + 1) / 3).mapToObj(Integer::toString))
              .toArray(String[]::new);
      masters.get(i).ask(Command.CLUSTER, slots);
      masters.get(i).ask(Command.CLUSTER, "SET-CONFIG-EPOCH", Integer.toString(i + 1));
    }
    owner = masters.get(slotOf(namespace) * 3 / SLOTS);
    Stream.concat(masters.stream(), Stream.of(copy))
        .filter(node -> node != owner)
        .forEach(
            node -> node.ask(Command.CLUSTER, "MEET", "127.0.0.1", Integer.toString(owner.port())));
    String id = text(owner.ask(Command.CLUSTER, "MYID"));
    await().atMost(SOON).until(() -> knowsAll(copy) && masters.stream().allMatch(this::knowsAll));
    copy.ask(Command.CLUSTER, "REPLICATE", id);
    await().atMost(SOON).until(() -> owner.ask(Command.WAIT, "1", "100").equals(1L));
    await().atMost(SOON).until(() -> masters.stream().allMatch(RedisCluster::isUp));
  }

  private static RedisServer node(Path directory, int number) throws IOException {
    return RedisServer.start(
        Files.createDirectories(directory.resolve("node" + number)),
        "--cluster-enabled",
        "yes",
        "--cluster-node-timeout",
        "1000",
        "--cluster-require-full-coverage",
        "no",
        "--cluster-replica-validity-factor",
        "0");
  }

  private static int slotOf(String namespace) {
    CRC32 hash = new CRC32();
    hash.update(namespace.getBytes(UTF_8));
    return JedisClusterCRC16.getSlot("rollcall:{rc%d}:".formatted(hash.getValue() % 16));
  }

  private boolean knowsAll(RedisServer node) {
    return text(node.ask(Command.CLUSTER, "NODES"))
            .lines()
            .filter(l -> !l.contains("handshake"))
            .count()
        == masters.size() + 1;
  }

  private static boolean isUp(RedisServer node) {
    return text(node.ask(Command.CLUSTER, "INFO")).contains("cluster_state:ok");
  }

  private static String text(Object bytes) {
    return new String((byte[]) bytes, UTF_8);
  }

  /** The master that holds the namespace, at first. */
  public RedisServer owner() {
    return owner;
  }

  /** As the registry takes it. */
  public String url() {
    return "redis-cluster://"
        + masters.stream().map(node -> "127.0.0.1:" + node.port()).collect(Collectors.joining(","));
  }

  @Override
  public void close() {
    copy.close();
    masters.forEach(RedisServer::close);
  }
}
