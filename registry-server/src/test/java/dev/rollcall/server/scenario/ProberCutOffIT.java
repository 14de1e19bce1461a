// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.DescribeInstanceRequest;
import dev.rollcall.registry.v1.HealthCheck;
import dev.rollcall.registry.v1.HttpCheck;
import dev.rollcall.registry.v1.ListRequest;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.Events;
import dev.rollcall.server.testing.Figures;
import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.ServerProcess;
import dev.rollcall.server.testing.WebTargets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The way from the registry to its targets breaks. Time passes here: that is the test. */
final class ProberCutOffIT {
  private static final int TARGETS = 30;
  private static final int CUT_SECONDS = Figures.usuallyOrLong(6, 30);
  private static final Duration INTERVAL = Duration.newBuilder().setSeconds(1).build();

  @TempDir Path data;

  @Test
  void allTargetsVanishTogether_nobodyIsMarked_andOneThatFailsAloneIs() throws Exception {
    try (ServerProcess server = ServerProcess.start(data);
        Client client = new Client(server.grpcPort());
        WebTargets web = new WebTargets(TARGETS)) {
      try (WebTargets alone = new WebTargets(1)) {
        for (int i = 0; i < TARGETS; i++) {
          register(client, "web", "w" + i, web.ports().get(i));
        }
        register(client, "alone", "a", alone.ports().get(0));
        await().until(() -> usable(client) == TARGETS + 1);
        alone.signal("STOP");
        await().until(() -> failed(client, "alone") == 1);
      }
      web.signal("STOP");
      TimeUnit.SECONDS.sleep(CUT_SECONDS);
      var probes =
          client
              .calls()
              .describeInstance(
                  DescribeInstanceRequest.newBuilder().setService("web").setId("w0").build())
              .getProbesList();
      assertThat(probes.subList(0, 3)).noneMatch(probe -> probe.getPassed());
      assertThat(failed(client, "web")).isZero();
      assertThat(usable(client)).isEqualTo(TARGETS);
      web.signal("CONT");
      TimeUnit.SECONDS.sleep(2 * INTERVAL.getSeconds());
      assertThat(Events.doubts(client, "web")).isEmpty();
      assertThat(server.errors()).contains("suspecting this registry's own network");
    }
  }

  private static void register(Client client, String service, String id, int port) {
    var request = RunningServer.request(service, id);
    request
        .getInstanceBuilder()
        .setAddress("127.0.0.1:" + port)
        .setLeaseTtl(Duration.newBuilder().setSeconds(60 + CUT_SECONDS))
        .setHealthCheck(
            HealthCheck.newBuilder()
                .setHttp(HttpCheck.getDefaultInstance())
                .setInterval(INTERVAL)
                .setTimeout(Duration.newBuilder().setNanos(500_000_000)));
    client.calls().register(request.build());
  }

  private static int failed(Client client, String service) {
    return Events.of(client, service, List.of(CauseKind.CAUSE_KIND_PROBE_FAILED)).size();
  }

  private static int usable(Client client) {
    return client.calls().list(ListRequest.getDefaultInstance()).getServicesList().stream()
        .mapToInt(service -> service.getUsable())
        .sum();
  }
}
