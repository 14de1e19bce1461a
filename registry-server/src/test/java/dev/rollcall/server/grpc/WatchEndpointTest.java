// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.DeregisterRequest;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.RegisterResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.Context;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many at once, over real sockets. */
final class WatchEndpointTest {
  private static final String SECRET = "0123456789abcdefghijkl";

  @TempDir Path data;
  private RunningServer server;
  private RegistryServiceBlockingStub stub;

  @BeforeEach
  void start() throws IOException {
    server = new RunningServer(data);
    stub = server.stub();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private int watchers() {
    return stub.getStatus(GetStatusRequest.getDefaultInstance()).getWatchers();
  }

  @Test
  void everyWatch_livesAndLeavesNothingBehind() {
    int watches = 900;
    AtomicInteger snapshots = new AtomicInteger();
    Context.CancellableContext all = Context.current().withCancellation();
    var watching = RegistryServiceGrpc.newStub(server.channel());
    all.run(
        () -> {
          for (int i = 0; i < watches; i++) {
            watching.watch(
                WatchRequest.newBuilder().addServices("s" + i % 7).build(),
                new Counting(snapshots));
          }
        });
    await().atMost(Duration.ofSeconds(20)).until(() -> snapshots.get() == watches);
    assertThat(watchers()).isEqualTo(watches);
    all.cancel(null);
    await().atMost(Duration.ofSeconds(20)).until(() -> watchers() == 0);
  }

  @Test
  void deregister_comesAfterTheRegisterThatWasSentBefore() {
    var channel = server.channel();
    RegistryServiceGrpc.RegistryServiceStub calls = RegistryServiceGrpc.newStub(channel);
    // calls made before the connection is there may start in any order
    RegistryServiceGrpc.newBlockingStub(channel).getStatus(GetStatusRequest.getDefaultInstance());
    AtomicInteger answered = new AtomicInteger();
    for (int i = 0; i < 200; i++) {
      String secret = SECRET + i;
      calls.register(
          RunningServer.request("a", "x" + i).setLeaseId(secret).build(),
          new Done<RegisterResponse>(answered));
      calls.deregister(
          DeregisterRequest.newBuilder().setLeaseId(secret).build(), new Done<>(answered));
    }
    await().atMost(Duration.ofSeconds(20)).until(() -> answered.get() == 400);
    assertThat(stub.getStatus(GetStatusRequest.getDefaultInstance()).getInstances()).isZero();
  }

  @Test
  void beats_areNeverUnknownWhileTheInstanceIsUpdated() throws Exception {
    stub.register(RunningServer.request("a", "x").setLeaseId(SECRET).build());
    ExecutorService updates = Executors.newSingleThreadExecutor();
    AtomicBoolean over = new AtomicBoolean();
    try {
      Future<Integer> updated = updates.submit(() -> update(over));
      HeartbeatRequest beat = HeartbeatRequest.newBuilder().addLeaseIds(SECRET).build();
      for (int i = 0; i < 3_000; i++) {
        assertThat(stub.heartbeat(beat).getUnknownLeaseIdsList()).isEmpty();
      }
      over.set(true);
      assertThat(updated.get()).isGreaterThan(10);
    } finally {
      over.set(true);
      updates.shutdown();
    }
  }

  private int update(AtomicBoolean over) {
    RegistryServiceBlockingStub own = server.stub();
    int updates = 0;
    while (!over.get()) {
      var request = RunningServer.request("a", "x").setLeaseId(SECRET);
      request.getInstanceBuilder().setVersion("v" + updates++);
      own.register(request.build());
    }
    return updates;
  }

  @Test
  void register_withoutAnIdSentTwice_isOneInstance() {
    var request = RunningServer.request("a", "").setLeaseId(SECRET).build();
    RegisterResponse first = stub.register(request);
    assertThat(first.getInstance().getId()).matches("[a-z0-9]{10}");
    assertThat(stub.register(request).getInstance()).isEqualTo(first.getInstance());
    assertThat(stub.getStatus(GetStatusRequest.getDefaultInstance()).getInstances()).isOne();
  }

  private record Counting(AtomicInteger snapshots) implements StreamObserver<WatchResponse> {
    @Override
    public void onNext(WatchResponse message) {
      if (message.getSnapshot() && !message.getMore()) {
        snapshots.incrementAndGet();
      }
    }

    @Override
    public void onError(Throwable end) {}

    @Override
    public void onCompleted() {}
  }

  private record Done<T>(AtomicInteger answered) implements StreamObserver<T> {
    @Override
    public void onNext(T answer) {}

    @Override
    public void onError(Throwable failure) {
      throw new AssertionError(failure);
    }

    @Override
    public void onCompleted() {
      answered.incrementAndGet();
    }
  }
}
