// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.GetStatusResponse;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegisterResponse;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.History;
import dev.rollcall.server.testing.NeverReading;
import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.ServerMemory;
import dev.rollcall.server.testing.ServerProcess;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Watchers that never read. */
final class StalledWatchersIT {
  private static final int STALLED = 100;
  private static final int CHANGES = 5_000;
  private static final int INSTANCES = 50;
  private static final int LARGE = 12_000;
  private static final long MOST_BYTES = 16L << 20;
  private static final String SECRET = "the-secret-of-the-one-writer";

  @TempDir Path quiet;
  @TempDir Path watched;

  @Test
  void neverReading_costsNoMemoryAndDelaysNobody() throws Exception {
    long without = run(quiet, 0);
    long with = run(watched, STALLED);
    System.out.printf(
        "%d watchers that never read, %d changes of 1 KiB: %.1f MiB more%n",
        STALLED, CHANGES, (with - without) / (double) (1 << 20));
    assertThat(with - without)
        .as("%d bytes without watchers, %d with", without, with)
        .isLessThanOrEqualTo(MOST_BYTES);
  }

  /** One service of 12 MiB, more watchers than a heap of 128 MiB could hold a copy for. */
  @Test
  void neverReading_aLargeServiceLeavesTheServerAlive() throws Exception {
    List<Client> watchers = new ArrayList<>();
    try (ServerProcess server =
            ServerProcess.start("-Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC", quiet);
        Client writer = new Client(server.grpcPort())) {
      registerLarge(writer);
      for (int i = 0; i < STALLED; i++) {
        Client watcher = new Client(server.grpcPort());
        watchers.add(watcher);
        watcher.streams().watch(request(), new NeverReading());
      }
      // the first 64 get their first part, stall, and give their places up
      await().atMost(Duration.ofSeconds(30)).until(() -> status(writer).getWatchers() == STALLED);
      History history = new History();
      writer.streams().watch(request(), new Recording(history));
      await().atMost(Duration.ofSeconds(60)).until(() -> history.fold("reader").size() == LARGE);
      writer.calls().register(RunningServer.request("other", "x").build());
      assertThat(server.errors()).doesNotContain("OutOfMemory");
      assertThat(server.terminate()).isZero();
    } finally {
      watchers.forEach(Client::close);
    }
  }

  /** Many at a time: the store commits them in groups. */
  private static void registerLarge(Client writer) throws InterruptedException {
    Semaphore underWay = new Semaphore(64);
    for (int i = 0; i < LARGE; i++) {
      underWay.acquire();
      RegisterRequest request = change(i).toBuilder().setInstance(instance(i)).build();
      writer.streams().register(request, new Released(underWay));
    }
    underWay.acquire(64);
  }

  private record Released(Semaphore underWay) implements StreamObserver<RegisterResponse> {
    @Override
    public void onNext(RegisterResponse answer) {}

    @Override
    public void onError(Throwable failure) {
      throw new AssertionError(failure);
    }

    @Override
    public void onCompleted() {
      underWay.release();
    }
  }

  private static GetStatusResponse status(Client client) {
    return client.calls().getStatus(GetStatusRequest.getDefaultInstance());
  }

  private static Instance instance(int number) {
    return change(number).getInstance().toBuilder().setId("large-" + number).build();
  }

  /** Makes the changes and answers how much memory the server uses then. */
  private static long run(Path data, int stalled) throws IOException {
    ServerMemory memory = ServerMemory.onAFreePort();
    List<Client> watchers = new ArrayList<>();
    try (ServerProcess server = ServerProcess.start(memory.javaOptions(), data);
        Client writer = new Client(server.grpcPort());
        Client reader = new Client(server.grpcPort())) {
      History history = new History();
      for (int i = 0; i < stalled; i++) {
        Client watcher = new Client(server.grpcPort());
        watchers.add(watcher);
        watcher.streams().watch(request(), new NeverReading());
      }
      if (stalled > 0) {
        reader.streams().watch(request(), new Recording(history));
      }
      for (int i = 0; i < CHANGES; i++) {
        writer.calls().register(change(i));
      }
      if (stalled > 0) {
        await()
            .atMost(Duration.ofSeconds(10))
            .untilAsserted(() -> assertThat(history.fold("reader")).isEqualTo(listed(writer)));
        history.checkOrdered();
      }
      return memory.usedBytes();
    } finally {
      watchers.forEach(Client::close);
    }
  }

  private static WatchRequest request() {
    return WatchRequest.newBuilder().addServices("s").build();
  }

  private static RegisterRequest change(int number) {
    RegisterRequest.Builder request = RunningServer.request("s", "i" + number % INSTANCES);
    request.setLeaseId(SECRET);
    request.getInstanceBuilder().putMetadata("n", number + "-" + "x".repeat(1_000));
    request.getInstanceBuilder().getLeaseTtlBuilder().setSeconds(600);
    return request.build();
  }

  private static Map<String, Instance> listed(Client client) {
    Map<String, Instance> listed = new TreeMap<>();
    client
        .calls()
        .get(GetRequest.newBuilder().setService("s").build())
        .getInstancesList()
        .forEach(instance -> listed.put("s/" + instance.getId(), instance));
    return listed;
  }

  private record Recording(History history) implements StreamObserver<WatchResponse> {
    @Override
    public void onNext(WatchResponse message) {
      history.watched("reader", message);
    }

    @Override
    public void onError(Throwable end) {}

    @Override
    public void onCompleted() {}
  }
}
