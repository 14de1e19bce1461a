// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.util.concurrent.ListenableFuture;
import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.GetResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls that end before they are answered harm nobody else on their connection. */
final class ExpiredCallsTest {
  private static final int CALLS = 1_500;
  private static final int AT_ONCE = 300;

  @TempDir Path data;

  @Test
  void manyExpiredCalls_leaveTheWatchOnTheirConnectionAlive() throws Exception {
    try (RunningServer server = new RunningServer(data)) {
      ManagedChannel channel = server.channel();
      Iterator<WatchResponse> watch =
          RegistryServiceGrpc.newBlockingStub(channel)
              .withDeadlineAfter(60, TimeUnit.SECONDS)
              .watch(WatchRequest.newBuilder().addServices("a").build());
      assertThat(watch.next().getSnapshot()).isTrue();
      for (int expired = 0; expired < CALLS; expired += AT_ONCE) {
        expire(channel);
      }
      server.stub().register(RunningServer.request("a", "x").build());
      assertThat(watch.next().getChangesCount()).isEqualTo(1);
    }
  }

  private static void expire(ManagedChannel channel) {
    List<ListenableFuture<GetResponse>> calls = new ArrayList<>();
    for (int i = 0; i < AT_ONCE; i++) {
      calls.add(
          RegistryServiceGrpc.newFutureStub(channel)
              .withDeadlineAfter(30, TimeUnit.SECONDS)
              .get(waitingForever()));
    }
    for (ListenableFuture<GetResponse> call : calls) {
      call.cancel(true);
    }
  }

  private static GetRequest waitingForever() {
    return GetRequest.newBuilder().setService("a").setMinRevision(1_000).build();
  }
}
