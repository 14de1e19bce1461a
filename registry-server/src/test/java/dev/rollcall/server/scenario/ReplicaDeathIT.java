// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.HeartbeatResponse;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.ServerProcess;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * One of three servers dies without a word, or stands still. Each client beats at a server of its
 * own and takes longer than its lease lasts to notice that it is gone and to find another one.
 * Nobody who lives is evicted for that; who died is.
 */
@Execution(ExecutionMode.CONCURRENT)
final class ReplicaDeathIT {
  private static final int SERVERS = 3;

  /** As many as are taken for a broken network where nearly all of them are silent. */
  private static final int LIVING = 24;

  private static final Duration SOON = Duration.ofSeconds(25);

  private static final int LEASE_SECONDS = 3;
  private static final long BEAT_MILLIS = 500;
  private static final int CALL_MILLIS = 1_500;

  /** From the last answer of its own server until a client beats at another one. */
  private static final long SILENT_MILLIS = 4_000;

  @TempDir Path directory;

  private final List<ServerProcess> servers = new ArrayList<>();
  private final List<Living> living = new ArrayList<>();
  private final Map<String, String> removed = new ConcurrentHashMap<>();
  private final List<String> unknown = new CopyOnWriteArrayList<>();
  private final Context.CancellableContext watching = Context.current().withCancellation();
  private final CountDownLatch beating = new CountDownLatch(LIVING);
  private RedisServer redis;
  private volatile boolean died;

  @BeforeEach
  void start() throws Exception {
    redis = RedisServer.start(directory);
    for (int i = 0; i < SERVERS; i++) {
      servers.add(ServerProcess.start(directory.resolve("unused"), "--redis-url=" + redis.url()));
    }
  }

  @AfterEach
  void stop() throws Exception {
    watching.cancel(null);
    living.forEach(Thread::interrupt);
    for (Living one : living) {
      one.join(10_000);
    }
    servers.forEach(ServerProcess::close);
    redis.close();
  }

  /** An instance that beats at one server until that does not answer. */
  private final class Living extends Thread {
    private final int number;
    private final Map<Integer, Client> clients = new TreeMap<>();
    private int home;
    private long answeredNanos;
    private volatile long silentMillis;

    Living(int number) {
      super("living-" + number);
      this.number = number;
      this.home = number % SERVERS;
      setDaemon(true);
    }

    @Override
    public void run() {
      HeartbeatRequest beat = HeartbeatRequest.newBuilder().addLeaseIds(secret(number)).build();
      try {
        for (int server = 0; server < SERVERS; server++) {
          // a connection that is only being made takes long on a slow machine
          at(server).calls().getStatus(GetStatusRequest.getDefaultInstance());
        }
        at(home).calls().register(request(number));
        answeredNanos = System.nanoTime();
        beating.countDown();
        while (!isInterrupted()) {
          try {
            HeartbeatResponse answer = at(home).calls(CALL_MILLIS).heartbeat(beat);
            unknown.addAll(answer.getUnknownLeaseIdsList());
            answered();
            TimeUnit.MILLISECONDS.sleep(BEAT_MILLIS);
          } catch (StatusRuntimeException e) {
            if (died && home == 0) {
              TimeUnit.MILLISECONDS.sleep(Math.max(0, SILENT_MILLIS - sinceAnswered()));
            }
            // to the next of those that live
            home = died ? home % (SERVERS - 1) + 1 : home;
          }
        }
      } catch (InterruptedException e) {
        // the end of the test
      } finally {
        clients.values().forEach(Client::close);
      }
    }

    private void answered() {
      silentMillis = Math.max(silentMillis, sinceAnswered());
      answeredNanos = System.nanoTime();
    }

    private long sinceAnswered() {
      return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - answeredNanos);
    }

    private Client at(int server) {
      return clients.computeIfAbsent(server, n -> new Client(servers.get(n).grpcPort()));
    }
  }

  private static String secret(int number) {
    return "the-secret-of-the-living-number-" + number;
  }

  private static RegisterRequest request(int number) {
    RegisterRequest.Builder request = RunningServer.request("s", "i" + number);
    request.getInstanceBuilder().getLeaseTtlBuilder().setSeconds(LEASE_SECONDS);
    return request.setLeaseId(secret(number)).build();
  }

  private void watch(int port) {
    Thread thread =
        new Thread(
            () ->
                watching.run(
                    () -> {
                      Client client = new Client(port);
                      try {
                        client
                            .calls(600_000)
                            .watch(WatchRequest.newBuilder().addServices("s").build())
                            .forEachRemaining(
                                message -> message.getChangesList().forEach(this::changed));
                      } catch (StatusRuntimeException e) {
                        client.close();
                      }
                    }));
    thread.setDaemon(true);
    thread.start();
  }

  /** Of "no heartbeat for 8.4 s (lease 3.0 s)" the first number. */
  private static double secondsIn(String text) {
    return Double.parseDouble(text.split(" ")[3]);
  }

  private void changed(Change change) {
    if (change.hasRemoved()) {
      removed.put(change.getRemoved().getId(), change.getCause().getText());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"KILL", "STOP"})
  void serverDiesWithoutAWord_evictsNobodyWhoLives(String signal) throws Exception {
    watch(servers.get(1).grpcPort());
    try (Client client = new Client(servers.get(1).grpcPort())) {
      for (int number = 0; number < LIVING; number++) {
        Living one = new Living(number);
        living.add(one);
        one.start();
      }
      assertThat(beating.await(30, TimeUnit.SECONDS)).isTrue();
      TimeUnit.SECONDS.sleep(LEASE_SECONDS);
      assertThat(removed).isEmpty();
      // it dies together with the server
      client.calls().register(request(LIVING));
      died = true;
      servers.get(0).signal(signal);
      TimeUnit.SECONDS.sleep(6);
      await().atMost(SOON).until(() -> removed.containsKey("i" + LIVING));
      // who went in the same moment is told a moment later
      TimeUnit.SECONDS.sleep(1);
    }
    Map<Integer, Long> silences = new TreeMap<>();
    living.forEach(one -> silences.put(one.number, one.silentMillis));
    assertThat(removed).as("evicted; silent at most %s", silences).containsOnlyKeys("i" + LIVING);
    // not since the grace began, nor since it ended
    assertThat(secondsIn(removed.get("i" + LIVING))).isGreaterThan(LEASE_SECONDS + 2);
    assertThat(silences.entrySet())
        .filteredOn(silence -> silence.getKey() % SERVERS == 0)
        .as("silences of the dead server's clients, ms")
        .allMatch(silence -> silence.getValue() > LEASE_SECONDS * 1_000);
    assertThat(unknown).as("living ones that a server did not know").isEmpty();
  }
}
