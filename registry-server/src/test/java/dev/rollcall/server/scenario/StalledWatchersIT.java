// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.History;
import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.ServerMemory;
import dev.rollcall.server.testing.ServerProcess;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Watchers that never read. */
final class StalledWatchersIT {
  private static final int STALLED = 100;
  private static final int CHANGES = 5_000;
  private static final int INSTANCES = 50;
  private static final long MOST_BYTES = 16L << 20;
  private static final String SECRET = "the-secret-of-the-one-writer";

  @TempDir Path quiet;
  @TempDir Path watched;

  @Test
  void neverReading_costsNoMemoryAndDelaysNobody() throws Exception {
    long without = run(quiet, 0);
    long with = run(watched, STALLED);
    assertThat(with - without)
        .as("%d bytes without watchers, %d with", without, with)
        .isLessThanOrEqualTo(MOST_BYTES);
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

  /** Opens the stream and never asks for a message. */
  private static final class NeverReading
      implements ClientResponseObserver<WatchRequest, WatchResponse> {
    @Override
    public void beforeStart(ClientCallStreamObserver<WatchRequest> stream) {
      stream.disableAutoRequestWithInitial(0);
    }

    @Override
    public void onNext(WatchResponse message) {
      throw new AssertionError("nothing was asked for");
    }

    @Override
    public void onError(Throwable end) {}

    @Override
    public void onCompleted() {}
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
