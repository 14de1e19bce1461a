// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.HealthCheck;
import dev.rollcall.registry.v1.KeepAliveRequest;
import dev.rollcall.registry.v1.KeepAliveResponse;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.TcpCheck;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.Events;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The heartbeat stream, over a real socket. */
final class KeepAliveEndpointTest {
  private static final String SECRET = "0123456789abcdefghijkl";

  @TempDir Path data;

  @Test
  void beats_areAnsweredEach_andEndWithAGoodbye() throws Exception {
    try (RunningServer server = new RunningServer(data);
        Client client = new Client(server.port())) {
      RegisterRequest.Builder request = RunningServer.request("a", "x").setLeaseId(SECRET);
      request.getInstanceBuilder().setLeaseTtl(Durations.fromSeconds(9));
      client.calls().register(request.build());
      Beating beating = new Beating(client);
      beating.beat(SECRET, "gone");
      KeepAliveResponse first = beating.answer();
      assertThat(first.getNextIn().getSeconds()).isBetween(2L, 3L);
      assertThat(first.getUnknownLeaseIdsList()).containsExactly("gone");
      assertThat(first.getEpoch()).isNotEmpty();
      assertThat(first.getMove()).isFalse();
      beating.beat();
      beating.answer();
      beating.requests.onCompleted();
      assertThat(beating.ending()).isEqualTo(Status.Code.OK);
      var found = client.calls().get(GetRequest.newBuilder().setService("a").build());
      assertThat(found.getInstancesCount()).isOne();
    }
  }

  /** More leases than a message takes come in several, and the end of the stream hints at all. */
  @Test
  void end_hintsAtTheLeasesOfEveryMessage() throws Exception {
    try (RunningServer server = new RunningServer(data);
        Client watching = new Client(server.port());
        Client client = new Client(server.port())) {
      try (ServerSocket target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
        for (int i = 0; i < 3; i++) {
          register(watching, "x" + i, SECRET + i, target.getLocalPort());
        }
        await().until(() -> usable(watching) == 3);
        Beating beating = new Beating(client);
        for (int i = 0; i < 3; i++) {
          beating.beat(SECRET + i);
          beating.answer();
        }
      }
      client.channel().shutdownNow();
      await().until(() -> usable(watching) == 0);
      var failed = Events.of(watching, "a", List.of(CauseKind.CAUSE_KIND_PROBE_FAILED));
      assertThat(failed).hasSize(3);
      assertThat(failed).allMatch(e -> e.getCause().getText().startsWith("connection lost"));
    }
  }

  @Test
  void serverStops_movesItsClients_andWaitsForThemAMoment() throws Exception {
    RunningServer server = new RunningServer(data.resolve("one"));
    try (RunningServer other = new RunningServer(data.resolve("two"));
        Client client = new Client(server.port());
        Client toOther = new Client(other.port())) {
      client.calls().register(RunningServer.request("a", "x").setLeaseId(SECRET).build());
      Beating beating = new Beating(client);
      beating.beat(SECRET);
      KeepAliveResponse answer = beating.answer();
      CompletableFuture<Void> stopped = CompletableFuture.runAsync(server::close);
      KeepAliveResponse move = beating.answer();
      assertThat(move).isEqualTo(answer.toBuilder().setMove(true).build());
      Beating moved = new Beating(toOther);
      moved.beat(SECRET);
      moved.answer();
      beating.beat();
      assertThat(beating.answer().getMove()).isTrue();
      beating.requests.onCompleted();
      assertThat(beating.ending()).isEqualTo(Status.Code.OK);
      stopped.get(10, TimeUnit.SECONDS);
    } finally {
      server.close();
    }
  }

  @Test
  void serverStops_clientStays_endsIt() throws Exception {
    RunningServer server = new RunningServer(data);
    try (Client client = new Client(server.port())) {
      Beating beating = new Beating(client);
      beating.beat(SECRET);
      beating.answer();
      server.close();
      assertThat(beating.answer().getMove()).isTrue();
      assertThat(beating.ending()).isEqualTo(Status.Code.UNAVAILABLE);
    }
  }

  private static void register(Client client, String id, String secret, int port) {
    var request = RunningServer.request("a", id).setLeaseId(secret);
    request
        .getInstanceBuilder()
        .setAddress("127.0.0.1:" + port)
        .setHealthCheck(
            HealthCheck.newBuilder()
                .setTcp(TcpCheck.getDefaultInstance())
                // only a hint brings a second probe in time
                .setInterval(Duration.newBuilder().setSeconds(60)));
    client.calls().register(request.build());
  }

  private static int usable(Client client) {
    return client.calls().get(GetRequest.newBuilder().setService("a").build()).getInstancesCount();
  }

  /** One stream: what it is answered, and how it ends. */
  private static final class Beating implements StreamObserver<KeepAliveResponse> {
    private final LinkedBlockingQueue<KeepAliveResponse> answers = new LinkedBlockingQueue<>();
    private final CompletableFuture<Status.Code> ended = new CompletableFuture<>();
    final StreamObserver<KeepAliveRequest> requests;

    Beating(Client client) {
      requests = RegistryServiceGrpc.newStub(client.channel()).keepAlive(this);
    }

    void beat(String... leaseIds) {
      requests.onNext(KeepAliveRequest.newBuilder().addAllLeaseIds(List.of(leaseIds)).build());
    }

    KeepAliveResponse answer() throws InterruptedException {
      KeepAliveResponse answer = answers.poll(10, TimeUnit.SECONDS);
      assertThat(answer).isNotNull();
      return answer;
    }

    Status.Code ending() throws Exception {
      return ended.get(10, TimeUnit.SECONDS);
    }

    @Override
    public void onNext(KeepAliveResponse answer) {
      answers.add(answer);
    }

    @Override
    public void onError(Throwable end) {
      ended.complete(Status.fromThrowable(end).getCode());
    }

    @Override
    public void onCompleted() {
      ended.complete(Status.Code.OK);
    }
  }
}
