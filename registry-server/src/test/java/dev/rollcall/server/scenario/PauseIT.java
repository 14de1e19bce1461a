// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.ServerProcess;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The registry's own pauses and restarts, with leases of 2 s. Time passes here: that is the test.
 */
final class PauseIT {
  private static final int TTL_SECONDS = 2;
  private static final int INSTANCES = 50;
  private static final String SECRET = "a-secret-that-all-of-them-share";
  private static final String DEAD = "the-secret-of-one-that-is-dead";

  @TempDir Path data;

  @Test
  void stoppedForTwiceTheLease_evictsNobodyWhoStillBeats() throws Exception {
    try (ServerProcess server = ServerProcess.start(data);
        Client client = new Client(server.grpcPort())) {
      registerAll(client);
      server.signal("STOP");
      TimeUnit.SECONDS.sleep(2 * TTL_SECONDS);
      server.signal("CONT");
      // the owners come back at their own pace, most of a lease later
      TimeUnit.MILLISECONDS.sleep(TTL_SECONDS * 900);
      for (int i = 0; i < 2 * TTL_SECONDS; i++) {
        beat(client);
        TimeUnit.MILLISECONDS.sleep(500);
      }
      assertThat(instances(client)).isEqualTo(INSTANCES);
    }
  }

  @Test
  void awayForTwiceTheLease_evictsTheDeadAlone() throws Exception {
    try (ServerProcess server = ServerProcess.start(data);
        Client client = new Client(server.grpcPort())) {
      registerAll(client);
      client.calls().register(request("dead").setLeaseId(DEAD).build());
    }
    TimeUnit.SECONDS.sleep(2 * TTL_SECONDS);
    try (ServerProcess server = ServerProcess.start(data);
        Client client = new Client(server.grpcPort())) {
      assertThat(instances(client)).isEqualTo(INSTANCES + 1);
      Iterator<WatchResponse> watch =
          client.calls(60_000).watch(WatchRequest.newBuilder().addServices("s").build());
      assertThat(watch.next().getChangesCount()).isEqualTo(INSTANCES + 1);
      await()
          .pollInterval(java.time.Duration.ofMillis(400))
          .atMost(java.time.Duration.ofSeconds(20))
          .until(
              () -> {
                beat(client);
                return instances(client) == INSTANCES;
              });
      WatchResponse gone = next(watch);
      assertThat(gone.getChangesCount()).isOne();
      assertThat(gone.getChanges(0).getRemoved().getId()).isEqualTo("dead");
      assertThat(gone.getChanges(0).getCause().getKind())
          .isEqualTo(CauseKind.CAUSE_KIND_LEASE_EXPIRED);
    }
  }

  @Test
  void restartedAgainAndAgain_theDeadStillGoAndTheLivingStay() throws Exception {
    try (ServerProcess server = ServerProcess.start(data);
        Client client = new Client(server.grpcPort())) {
      client.calls().register(request("living").setLeaseId(SECRET).build());
      client.calls().register(request("dead").setLeaseId(DEAD).build());
    }
    int left = 2;
    for (int restart = 0; restart < 12 && left == 2; restart++) {
      try (ServerProcess server = ServerProcess.start(data);
          Client client = new Client(server.grpcPort())) {
        for (int i = 0; i < 3; i++) {
          beat(client);
          TimeUnit.MILLISECONDS.sleep(700);
        }
        left = instances(client);
      }
    }
    assertThat(left).isOne();
    try (ServerProcess server = ServerProcess.start(data);
        Client client = new Client(server.grpcPort())) {
      var found = client.calls().get(GetRequest.newBuilder().setService("s").build());
      assertThat(found.getInstances(0).getId()).isEqualTo("living");
    }
  }

  private static void registerAll(Client client) {
    for (int i = 0; i < INSTANCES; i++) {
      client.calls().register(request("i" + i).setLeaseId(SECRET).build());
    }
  }

  private static RegisterRequest.Builder request(String id) {
    RegisterRequest.Builder request = RunningServer.request("s", id);
    request.getInstanceBuilder().setLeaseTtl(Duration.newBuilder().setSeconds(TTL_SECONDS));
    return request;
  }

  private static void beat(Client client) {
    var answer =
        client.calls().heartbeat(HeartbeatRequest.newBuilder().addLeaseIds(SECRET).build());
    assertThat(answer.getUnknownLeaseIdsList()).isEmpty();
  }

  /** The next message that says more than where an idle watch stands. */
  private static WatchResponse next(Iterator<WatchResponse> watch) {
    WatchResponse message = watch.next();
    while (message.getChangesCount() == 0) {
      message = watch.next();
    }
    return message;
  }

  private static int instances(Client client) {
    return client.calls().getStatus(GetStatusRequest.getDefaultInstance()).getInstances();
  }
}
