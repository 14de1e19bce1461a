// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegisterResponse;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.CuttingProxy;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests arrive, replies do not. */
final class LostReplyIT {
  private static final String SECRET = "a-secret-chosen-by-the-client";

  @TempDir Path data;

  @Test
  void registerSentAgainAfterALostReply_registersOnce() throws Exception {
    try (RunningServer server = new RunningServer(data);
        CuttingProxy network = new CuttingProxy(server.port());
        Client direct = new Client(server.port())) {
      RegisterRequest request = RunningServer.request("a", "x").setLeaseId(SECRET).build();
      try (Client lossy = new Client(network.port())) {
        lossy.calls().getStatus(GetStatusRequest.getDefaultInstance());
        network.dropReplies();
        assertThatThrownBy(() -> lossy.calls(1_000).register(request))
            .isInstanceOf(StatusRuntimeException.class);
        assertThat(network.droppedReplies()).isPositive();
      }
      network.cut();
      network.pass();
      await().until(() -> revision(direct) == 1);
      try (Client again = new Client(network.port())) {
        RegisterResponse answer = again.calls().register(request);
        assertThat(answer.getRevision()).isOne();
        assertThat(answer.getLeaseId()).isEqualTo(SECRET);
        var beat =
            again.calls().heartbeat(HeartbeatRequest.newBuilder().addLeaseIds(SECRET).build());
        assertThat(beat.getUnknownLeaseIdsList()).isEmpty();
      }
      assertThat(revision(direct)).isOne();
    }
  }

  private static long revision(Client client) {
    return client.calls().getStatus(GetStatusRequest.getDefaultInstance()).getRevision();
  }
}
