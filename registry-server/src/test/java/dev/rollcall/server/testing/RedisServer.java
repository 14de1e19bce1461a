// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import redis.clients.jedis.Connection;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;
import redis.embedded.core.ExecutableProvider;

/**
 * A real Redis in a process of its own: the one on the PATH, else the one that a test library
 * brings. It can be killed, stopped and started again on its port with what it kept.
 */
public final class RedisServer implements AutoCloseable {
  private static final int LOWEST_PORT = 12_000;
  private static final int HIGHEST_PORT = 22_700;
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private final Path directory;
  private final int port;
  private final List<String> options;
  private Process process;

  private RedisServer(Path directory, int port, List<String> options) {
    this.directory = directory;
    this.port = port;
    this.options = options;
  }

  /** Starts one that keeps nothing on disk unless the options say so. */
  public static RedisServer start(Path directory, String... options) {
    RedisServer server = new RedisServer(directory, freePort(), List.of(options));
    server.start();
    return server;
  }

  /** Starts a sentinel, alone, that minds a master and takes its copy after a second. */
  public static RedisServer startSentinel(Path directory, String master, RedisServer minds)
      throws IOException {
    Path config =
        Files.write(
            directory.resolve("sentinel.conf"),
            List.of(
                "sentinel monitor %s 127.0.0.1 %d 1".formatted(master, minds.port()),
                "sentinel down-after-milliseconds %s 1000".formatted(master),
                "sentinel failover-timeout %s 6000".formatted(master)));
    RedisServer sentinel =
        new RedisServer(directory, freePort(), List.of(config.toString(), "--sentinel"));
    sentinel.start();
    return sentinel;
  }

  /**
   * A port that nobody listens on, nor on the one 10,000 above it, which a node of a cluster takes
   * too. Both lie below those that the system gives to connections: while a Redis is down nobody is
   * given its port, not even a client that tries to reach it.
   */
  public static int freePort() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST_PORT, HIGHEST_PORT);
      if (GIVEN.add(port) && isFree(port) && isFree(port + 10_000)) {
        return port;
      }
    }
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  /** Starts it again after {@link #kill}. */
  public void start() {
    List<String> command = new ArrayList<>();
    command.add(program().toString());
    boolean sentinel = options.contains("--sentinel");
    if (sentinel) {
      command.addAll(options);
    }
    command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
    command.addAll(List.of("--dir", directory.toString(), "--daemonize", "no"));
    if (!sentinel) {
      command.addAll(List.of("--save", "", "--repl-diskless-sync-delay", "0"));
      command.addAll(options);
    }
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("redis.log").toFile())
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Awaitility.await().atMost(20, TimeUnit.SECONDS).until(this::answers);
  }

  private boolean answers() {
    if (!process.isAlive()) {
      throw new IllegalStateException("redis-server ended: " + log());
    }
    try (RedisClient client = client()) {
      return client.ping().equals("PONG");
    } catch (JedisException e) {
      // one with a password is there as well
      return String.valueOf(e.getMessage()).startsWith("NOAUTH");
    }
  }

  private String log() {
    try {
      return Files.readString(directory.resolve("redis.log"), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** The one that is used; {@code -Drollcall.redis=embedded} passes over the PATH. */
  private static Path program() {
    boolean embedded = System.getProperty("rollcall.redis", "").equals("embedded");
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
      Path program = Path.of(folder, "redis-server");
      if (!embedded && Files.isExecutable(program)) {
        return program;
      }
    }
    try {
      return ExecutableProvider.newJarResourceProvider().get().toPath();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A client of its own, for looking and for mischief. */
  public RedisClient client() {
    return RedisClient.create(new HostAndPort("127.0.0.1", port));
  }

  /** Whatever it answers to a command, over a connection of its own. */
  public Object ask(Protocol.Command command, String... arguments) {
    try (Connection connection = new Connection(new HostAndPort("127.0.0.1", port))) {
      connection.sendCommand(command, arguments);
      return connection.getOne();
    }
  }

  /** Where it listens on loopback. */
  public int port() {
    return port;
  }

  /** As the registry takes it. */
  public String url() {
    return "redis://127.0.0.1:" + port;
  }

  /** Ends it at once. */
  public void kill() {
    process.destroyForcibly();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Sends it a signal by name. */
  public void signal(String name) {
    try {
      new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    kill();
  }
}
