// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.config.v1.ConfigServiceGrpc;
import dev.rollcall.config.v1.ConfigServiceGrpc.ConfigServiceBlockingStub;
import dev.rollcall.config.v1.GetRequest;
import dev.rollcall.config.v1.PutRequest;
import dev.rollcall.config.v1.PutResponse;
import dev.rollcall.config.v1.WatchRequest;
import dev.rollcall.config.v1.WatchResponse;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.ServerProcess;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Much configuration beside services, on the program as users start it. */
final class ManySettingsIT {
  @TempDir Path data;

  private static ConfigServiceBlockingStub config(Client client) {
    return ConfigServiceGrpc.newBlockingStub(client.channel())
        .withDeadlineAfter(60, TimeUnit.SECONDS);
  }

  private static void put(Client client, String key, String value) {
    config(client).put(PutRequest.newBuilder().setKey(key).setValue(value).build());
  }

  @Test
  void tenThousandKeys_areWatchedWholeAndSurviveARestart() throws Exception {
    try (ServerProcess server = ServerProcess.start(data);
        Client client = new Client(server.grpcPort())) {
      CountDownLatch done = new CountDownLatch(10_000);
      var stub = ConfigServiceGrpc.newStub(client.channel());
      Semaphore room = new Semaphore(200);
      for (int i = 0; i < 10_000; i++) {
        room.acquire();
        stub.put(
            PutRequest.newBuilder().setKey("all/k" + i).setValue("v" + i).build(),
            new Done(
                () -> {
                  room.release();
                  done.countDown();
                }));
      }
      assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
      server.kill();
    }
    try (ServerProcess server = ServerProcess.start(data);
        Client client = new Client(server.grpcPort())) {
      Set<String> keys = new HashSet<>();
      Context.CancellableContext context = Context.current().withCancellation();
      context.run(
          () -> {
            Iterator<WatchResponse> watch =
                config(client).watch(WatchRequest.newBuilder().setPrefix("all/").build());
            WatchResponse message;
            do {
              message = watch.next();
              message.getChangesList().forEach(c -> keys.add(c.getUpsert().getKey()));
            } while (message.getMore());
          });
      context.cancel(null);
      assertThat(keys).hasSize(10_000);
    }
  }

  @Test
  void manyLargeValues_costAServiceWatcherNoSnapshot() throws Exception {
    try (ServerProcess server = ServerProcess.start(data);
        Client client = new Client(server.grpcPort())) {
      client.calls().register(RunningServer.request("s", "before").build());
      var services = dev.rollcall.registry.v1.WatchRequest.newBuilder().addServices("s");
      var first = client.calls().watch(services.build()).next();
      assertThat(first.getSnapshot()).isTrue();
      String large = "x".repeat((512 << 10) - 3);
      for (int i = 0; i < 200; i++) {
        put(client, "large/k" + i % 100, large + i);
      }
      client.calls().register(RunningServer.request("s", "after").build());
      services.setEpoch(first.getEpoch()).setAfterRevision(first.getRevision());
      // resumed: what it missed is one change, not a snapshot
      var next = client.calls().watch(services.setNonce(first.getNonce()).build()).next();
      assertThat(next.getSnapshot()).isFalse();
      assertThat(next.getChangesList())
          .extracting(change -> change.getUpsert().getId())
          .containsExactly("after");
      GetRequest last = GetRequest.newBuilder().setKey("large/k99").build();
      assertThat(config(client).get(last).getSetting().getValue()).endsWith("x199");
    }
  }

  /** Notes the end of a call, which must be a good one. */
  private record Done(Runnable task) implements StreamObserver<PutResponse> {
    @Override
    public void onNext(PutResponse answer) {
      task.run();
    }

    @Override
    public void onError(Throwable failure) {
      throw new IllegalStateException(failure);
    }

    @Override
    public void onCompleted() {}
  }
}
