// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import com.sun.net.httpserver.HttpServer;
import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.HealthCheck;
import dev.rollcall.registry.v1.HttpCheck;
import dev.rollcall.registry.v1.KeepAliveRequest;
import dev.rollcall.registry.v1.KeepAliveResponse;
import dev.rollcall.registry.v1.ListRequest;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.CuttingProxy;
import dev.rollcall.server.testing.Figures;
import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.ServerProcess;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that cannot beat, and networks that break. Time passes here: that is the test. */
final class ProbesAndHintsIT {
  private static final int TTL_SECONDS = 2;
  private static final int STREAMS = 40;

  @TempDir Path data;

  @Test
  void plainHttpServerThatNeverBeats_isListedWhileItAnswersAndGoneAfterItsLease() throws Exception {
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    web.createContext(
        "/health",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    web.start();
    try (ServerProcess server = ServerProcess.start(data);
        Client client = new Client(server.grpcPort())) {
      var request = RunningServer.request("web", "w");
      request
          .getInstanceBuilder()
          .setAddress("127.0.0.1:" + web.getAddress().getPort())
          .setLeaseTtl(Duration.newBuilder().setSeconds(TTL_SECONDS))
          .setProbeRenewsLease(true)
          .setHealthCheck(
              HealthCheck.newBuilder()
                  .setHttp(HttpCheck.newBuilder().setPath("/health"))
                  .setInterval(Duration.newBuilder().setNanos(400_000_000)));
      client.calls().register(request.build());
      Iterator<WatchResponse> watch =
          client
              .calls(60_000)
              .watch(WatchRequest.newBuilder().addServices("web").setAllStatuses(true).build());
      TimeUnit.SECONDS.sleep(3 * TTL_SECONDS + 1);
      assertThat(status(client)).isOne();
      long stopped = System.nanoTime();
      web.stop(0);
      Change gone = removal(watch);
      long tookMillis = (System.nanoTime() - stopped) / 1_000_000;
      Figures.print("HTTP server stopped until it is removed: %d ms", tookMillis);
      assertThat(gone.getCause().getKind()).isEqualTo(CauseKind.CAUSE_KIND_LEASE_EXPIRED);
      assertThat(tookMillis).isLessThan(10 * (TTL_SECONDS + 1) * 1_000L);
    } finally {
      web.stop(0);
    }
  }

  @Test
  void halfTheConnectionsResetAtOnce_markNobody() throws Exception {
    List<Client> clients = new ArrayList<>();
    try (ServerProcess server = ServerProcess.start(data);
        CuttingProxy proxy = new CuttingProxy(server.grpcPort());
        Client client = new Client(server.grpcPort())) {
      AtomicInteger answers = new AtomicInteger();
      for (int i = 0; i < STREAMS; i++) {
        Client beating = new Client(i % 2 == 0 ? proxy.port() : server.grpcPort());
        clients.add(beating);
        String secret = "the-secret-of-beating-client-" + i;
        beating.calls().register(RunningServer.request("a", "i" + i).setLeaseId(secret).build());
        beating
            .streams()
            .keepAlive(new Counting(answers))
            .onNext(KeepAliveRequest.newBuilder().addLeaseIds(secret).build());
      }
      await().until(() -> answers.get() == STREAMS);
      proxy.cut();
      // longer than a lost connection is given, shorter than a lease
      TimeUnit.SECONDS.sleep(4);
      assertThat(usable(client)).isEqualTo(STREAMS);
    } finally {
      clients.forEach(Client::close);
    }
  }

  private static int status(Client client) {
    return client.calls().getStatus(GetStatusRequest.getDefaultInstance()).getInstances();
  }

  private static int usable(Client client) {
    return client.calls().list(ListRequest.getDefaultInstance()).getServices(0).getUsable();
  }

  private static Change removal(Iterator<WatchResponse> watch) {
    while (true) {
      for (Change change : watch.next().getChangesList()) {
        if (change.hasRemoved()) {
          return change;
        }
      }
    }
  }

  private record Counting(AtomicInteger answers) implements StreamObserver<KeepAliveResponse> {
    @Override
    public void onNext(KeepAliveResponse answer) {
      answers.incrementAndGet();
    }

    @Override
    public void onError(Throwable end) {}

    @Override
    public void onCompleted() {}
  }
}
