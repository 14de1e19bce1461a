// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.History;
import dev.rollcall.server.testing.NeverReading;
import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.ServerProcess;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server is asked to stop while it is busy. */
final class StopIT {
  private static final int WATCHERS = 50;
  private static final int WRITERS = 4;

  @TempDir Path data;

  @Test
  void terminatedUnderLoad_endsInTimeAndKeepsAllThatItAnswered() throws Exception {
    History history = new History();
    List<Client> watchers = new ArrayList<>();
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    try (ServerProcess server = ServerProcess.start(data)) {
      for (int i = 0; i < WATCHERS; i++) {
        Client watcher = new Client(server.grpcPort());
        watchers.add(watcher);
        watcher.streams().watch(WatchRequest.getDefaultInstance(), new NeverReading());
      }
      CountDownLatch busy = new CountDownLatch(200);
      for (int i = 0; i < WRITERS; i++) {
        int writer = i;
        writers.execute(() -> write(server.grpcPort(), writer, history, busy));
      }
      assertThat(busy.await(20, TimeUnit.SECONDS)).isTrue();
      long asked = System.nanoTime();
      assertThat(server.terminate()).isZero();
      assertThat(System.nanoTime() - asked).isLessThan(TimeUnit.SECONDS.toNanos(10));
      writers.shutdown();
      assertThat(writers.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      watchers.forEach(Client::close);
      writers.shutdownNow();
    }
    try (ServerProcess server = ServerProcess.start(data);
        Client client = new Client(server.grpcPort())) {
      history.checkKept(
          client.calls().get(GetRequest.newBuilder().setService("s").build()).getInstancesList());
      history.checkRevisions(
          client.calls().getStatus(GetStatusRequest.getDefaultInstance()).getRevision());
    }
  }

  private static void write(int port, int writer, History history, CountDownLatch busy) {
    try (Client client = new Client(port)) {
      for (int i = 0; ; i++) {
        history.acknowledged(
            client.calls().register(RunningServer.request("s", "i" + writer + "-" + i).build()));
        busy.countDown();
      }
    } catch (StatusRuntimeException e) {
      // the server has stopped
      busy.countDown();
    }
  }
}
