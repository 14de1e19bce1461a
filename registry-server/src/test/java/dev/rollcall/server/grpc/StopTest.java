// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.GetResponse;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.RunningServer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that stops waits for nobody who waits for it. */
final class StopTest {
  /** A revision is waited for 5 s; calls get 4 s to finish. */
  private static final Duration NO_WAIT = Duration.ofSeconds(3);

  @TempDir Path data;

  @Test
  void aGetThatWaitsForARevision_endsAtOnce() throws Exception {
    RunningServer server = new RunningServer(data);
    try (Client client = new Client(server.port())) {
      ListenableFuture<GetResponse> waiting =
          RegistryServiceGrpc.newFutureStub(client.channel())
              .get(GetRequest.newBuilder().setService("a").setMinRevision(9).build());
      // a later call on the same connection was answered: the first one has arrived
      client.calls().getStatus(GetStatusRequest.getDefaultInstance());
      long before = System.nanoTime();
      server.close();
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(NO_WAIT);
      assertThatThrownBy(waiting::get)
          .hasMessageContaining("UNAVAILABLE: the registry is stopping");
    }
  }
}
