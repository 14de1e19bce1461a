// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.GetResponse;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.GetStatusResponse;
import dev.rollcall.server.testing.Checker;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.Crowd;
import dev.rollcall.server.testing.Figures;
import dev.rollcall.server.testing.Journal;
import dev.rollcall.server.testing.ServerProcess;
import dev.rollcall.server.testing.Watcher;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Servers over a Redis, a crowd that uses any of them, a watcher at each; what all of them are told
 * is kept in a journal. Whatever breaks: {@link #check} says whether they were told the truth.
 */
final class Scene implements AutoCloseable {
  static final String SERVICE = "s";
  static final int SIZE = 20;
  static final int TTL_SECONDS = 5;
  static final Duration SOON = Duration.ofSeconds(25);

  final Journal journal = new Journal();
  final List<ServerProcess> servers = new ArrayList<>();
  final List<Watcher> watchers = new ArrayList<>();
  final Random random;
  private final Path directory;
  private final long seed;
  private Crowd crowd;
  private int watches;

  /** What is left to chance follows from a seed, which is printed and may be given. */
  Scene(Path directory) {
    this.directory = directory;
    this.seed = Long.getLong("rollcall.seed", System.nanoTime());
    this.random = new Random(seed);
    System.out.println("seed " + seed);
  }

  /** How often each scenario runs. */
  static IntStream rounds() {
    return IntStream.rangeClosed(1, Figures.usuallyOrLong(1, 5));
  }

  /** Starts a server over each of these, and lets the crowd live and change. */
  Scene start(String... urls) throws Exception {
    servers.addAll(
        together(
            urls.length,
            number ->
                ServerProcess.start(directory.resolve("unused"), "--redis-url=" + urls[number])));
    List<Integer> ports = servers.stream().map(ServerProcess::grpcPort).toList();
    crowd = Crowd.start(SERVICE, SIZE, TTL_SECONDS, ports, seed, journal);
    ports.forEach(this::watch);
    await().atMost(SOON).until(this::converged);
    crowd.startChanging();
    return this;
  }

  /** Follows at another server, too. */
  void watch(int port) {
    String name = "watch-" + ++watches + "-at-" + port;
    watchers.add(new Watcher(port, SERVICE, name, journal));
  }

  /** Starts all servers again where they were reached. */
  void startAgain(String url) throws Exception {
    List<ServerProcess> again =
        together(
            servers.size(),
            number ->
                servers.get(number).startAgain(directory.resolve("unused"), "--redis-url=" + url));
    servers.clear();
    servers.addAll(again);
  }

  private interface Start {
    ServerProcess server(int number) throws IOException;
  }

  /** Each takes a while to start, which is mostly the JVM's. */
  private static List<ServerProcess> together(int count, Start start) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try {
      List<Future<ServerProcess>> starting = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        starting.add(threads.submit(() -> start.server(number)));
      }
      List<ServerProcess> started = new ArrayList<>();
      ExecutionException failure = null;
      for (Future<ServerProcess> one : starting) {
        try {
          started.add(one.get());
        } catch (ExecutionException e) {
          failure = e;
        }
      }
      if (failure != null) {
        started.forEach(ServerProcess::close);
        throw failure;
      }
      return started;
    } finally {
      threads.shutdown();
    }
  }

  Crowd crowd() {
    return crowd;
  }

  private boolean converged() {
    TreeSet<String> everybody =
        IntStream.range(0, SIZE)
            .mapToObj(i -> "i" + i)
            .collect(Collectors.toCollection(TreeSet::new));
    return watchers.stream().allMatch(watcher -> watcher.ids().containsAll(everybody));
  }

  GetStatusResponse status(int server) {
    try (Client client = new Client(servers.get(server).grpcPort())) {
      return client.calls().getStatus(GetStatusRequest.getDefaultInstance());
    }
  }

  String epoch(int server) {
    return status(server).getEpoch();
  }

  void awaitAnotherEpoch(String than) {
    await()
        .atMost(SOON)
        .until(
            () ->
                IntStream.range(0, servers.size())
                    .allMatch(i -> !epoch(i).equals(than) && epoch(i).equals(epoch(0))));
  }

  /** Waits until beats are answered again; prints how long that took since then. */
  void awaitBeats(String what, long sinceNanos) {
    await().atMost(SOON).until(() -> crowd.lastBeatNanos() - sinceNanos > 0);
    double seconds = (crowd.lastBeatNanos() - sinceNanos) / 1e9;
    Figures.print("redis: %s: heartbeats answered again after %.1f s", what, seconds);
  }

  private GetResponse read(ServerProcess server) {
    try (Client client = new Client(server.grpcPort())) {
      return client
          .calls(3_000)
          .get(GetRequest.newBuilder().setService(SERVICE).setAllStatuses(true).build());
    }
  }

  /** Whether all watches hold what all servers answer. */
  private boolean settled() {
    try {
      for (ServerProcess server : servers) {
        var state = Journal.state(read(server).getInstancesList());
        for (Watcher watcher : watchers) {
          if (!Journal.state(watcher.held().values()).equals(state)) {
            return false;
          }
        }
      }
      return converged();
    } catch (StatusRuntimeException e) {
      return false;
    }
  }

  /**
   * What must hold after every fault.
   *
   * @param split epochs with which two stores went on at once
   */
  void check(String... split) {
    settle();
    assertThat(Checker.violations(journal, Set.of(split))).as("with seed %d", seed).isEmpty();
    checkKnown();
  }

  /**
   * What must hold where nobody is left who knows what was lost: only that a deregistration may be
   * lost too, and its instance then is there until its lease ends.
   */
  void checkAnnounced() {
    settle();
    List<String> violations = new ArrayList<>(Checker.violations(journal));
    violations.removeIf(violation -> violation.startsWith("fencing:"));
    assertThat(violations).as("with seed %d", seed).isEmpty();
    checkKnown();
  }

  private void settle() {
    crowd.stopChanging();
    await().atMost(SOON).until(this::settled);
    for (ServerProcess server : servers) {
      journal.read("server-" + server.grpcPort(), read(server));
    }
  }

  private void checkKnown() {
    assertThat(crowd.unknown()).as("living ones that a server did not know").isZero();
  }

  @Override
  public void close() {
    if (crowd != null) {
      crowd.close();
    }
    watchers.forEach(Watcher::close);
    servers.forEach(ServerProcess::close);
  }
}
