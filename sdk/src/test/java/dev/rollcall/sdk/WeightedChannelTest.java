// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.GetStatusResponse;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceImplBase;
import io.grpc.Attributes;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The balancer in real channels. */
final class WeightedChannelTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final TestRegistry registry = TestRegistry.start();
  private final Rollcall rollcall =
      Rollcall.builder().registry(registry.address()).zone("z1").connect();
  private final List<Callee> callees = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();

  /** A server that names itself, or fails where it is told to. */
  private final class Callee extends RegistryServiceImplBase {
    final String name;
    final HealthStatusManager health = new HealthStatusManager();
    final AtomicInteger connections = new AtomicInteger();
    final Server server;
    volatile boolean failing;

    Callee(String name) throws IOException {
      this.name = name;
      var counter =
          new ServerTransportFilter() {
            @Override
            public Attributes transportReady(Attributes attributes) {
              connections.incrementAndGet();
              return attributes;
            }
          };
      health.setStatus("product", ServingStatus.SERVING);
      server =
          ServerBuilder.forPort(0)
              .addService(this)
              .addService(health.getHealthService())
              .addTransportFilter(counter)
              .build()
              .start();
      callees.add(this);
    }

    @Override
    public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> out) {
      if (failing) {
        out.onError(Status.INTERNAL.asException());
      } else {
        out.onNext(GetStatusResponse.newBuilder().setVersion(name).build());
        out.onCompleted();
      }
    }

    void list(int weight, String zone) {
      registry.list(
          Instance.newBuilder()
              .setService("product")
              .setId(name)
              .setAddress("127.0.0.1:" + server.getPort())
              .setWeight(weight)
              .setZone(zone)
              .build());
    }
  }

  @BeforeEach
  void pollOften() {
    Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
  }

  @AfterEach
  void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    rollcall.close();
    callees.forEach(callee -> callee.server.shutdownNow());
    registry.close();
  }

  private static Map<String, Integer> calls(ManagedChannel channel, int count) {
    Map<String, Integer> answers = new TreeMap<>();
    var stub = RegistryServiceGrpc.newBlockingStub(channel);
    for (int i = 0; i < count; i++) {
      try {
        String name = stub.getStatus(GetStatusRequest.getDefaultInstance()).getVersion();
        answers.merge(name, 1, Integer::sum);
      } catch (StatusRuntimeException e) {
        answers.merge("failed", 1, Integer::sum);
      }
    }
    return answers;
  }

  private Map<String, Integer> calls(int count) {
    return calls(rollcall.channel("product"), count);
  }

  private static void awaitAll(ManagedChannel channel, String... names) {
    await().atMost(SOON).until(() -> calls(channel, 20).keySet().containsAll(List.of(names)));
  }

  private ManagedChannel channel(Map<String, ?> serviceConfig) {
    ManagedChannel channel =
        ManagedChannelBuilder.forTarget(rollcall.target("product"))
            .usePlaintext()
            .disableServiceConfigLookUp()
            .defaultServiceConfig(serviceConfig)
            .build();
    channels.add(channel);
    return channel;
  }

  @Test
  void weights_shareTheCalls_andChangingOneCostsNoConnection() throws IOException {
    var a = new Callee("a");
    var b = new Callee("b");
    a.list(100, "");
    b.list(300, "");
    awaitAll(rollcall.channel("product"), "a", "b");
    assertThat(calls(400).get("b")).isBetween(295, 305);
    b.list(100, "");
    await().atMost(SOON).until(() -> Math.abs(calls(40).getOrDefault("a", 0) - 20) <= 1);
    a.list(300, "z9");
    await().atMost(SOON).until(() -> Math.abs(calls(40).getOrDefault("a", 0) - 30) <= 1);
    assertThat(a.connections).hasValue(1);
    assertThat(b.connections).hasValue(1);
  }

  @Test
  void ownZone_isPreferred_untilItIsGone() throws IOException {
    var near = new Callee("near");
    var far = new Callee("far");
    near.list(100, "z1");
    far.list(100, "z2");
    assertThat(calls(1)).isNotEmpty();
    await().atMost(SOON).until(() -> far.connections.get() + near.connections.get() == 2);
    await().atMost(SOON).until(() -> calls(40).equals(Map.of("near", 40)));
    near.server.shutdownNow();
    await().atMost(SOON).until(() -> calls(10).equals(Map.of("far", 10)));
    assertThat(far.connections).hasValue(1);
  }

  @Test
  void ownZone_tooSmall_spillsOver() throws IOException {
    var near = new Callee("near");
    near.list(100, "z1");
    new Callee("far").list(400, "z2");
    new Callee("far2").list(500, "z2");
    awaitAll(rollcall.channel("product"), "near", "far", "far2");
    Map<String, Integer> answers = calls(500);
    assertThat(answers.get("near")).isBetween(135, 145);
    assertThat(answers.get("far")).isBetween(155, 165);
  }

  @Test
  void healthChecking_isFollowed() throws IOException {
    var a = new Callee("a");
    a.list(100, "");
    new Callee("b").list(100, "");
    ManagedChannel channel =
        channel(
            Map.of(
                "loadBalancingConfig",
                List.of(Map.of("rollcall_weighted", Map.of())),
                "healthCheckConfig",
                Map.of("serviceName", "product")));
    awaitAll(channel, "a", "b");
    a.health.setStatus("product", ServingStatus.NOT_SERVING);
    await().atMost(SOON).until(() -> calls(channel, 20).equals(Map.of("b", 20)));
    a.health.setStatus("product", ServingStatus.SERVING);
    awaitAll(channel, "a", "b");
    assertThat(a.connections).hasValue(1);
  }

  @Test
  void outlier_isEjected() throws IOException {
    var a = new Callee("a");
    a.list(300, "");
    new Callee("b").list(100, "");
    new Callee("c").list(100, "");
    Map<String, ?> ejection =
        Map.of(
            "interval",
            "0.2s",
            "baseEjectionTime",
            "30s",
            "maxEjectionPercent",
            50.0,
            "failurePercentageEjection",
            Map.of("threshold", 50.0, "minimumHosts", 2.0, "requestVolume", 5.0),
            "childPolicy",
            List.of(Map.of("rollcall_weighted", Map.of())));
    ManagedChannel channel =
        channel(
            Map.of(
                "loadBalancingConfig",
                List.of(Map.of("outlier_detection_experimental", ejection))));
    awaitAll(channel, "a", "b", "c");
    assertThat(calls(channel, 100).get("a")).isBetween(57, 63);
    a.failing = true;
    await().atMost(SOON).until(() -> calls(channel, 20).equals(Map.of("b", 10, "c", 10)));
    assertThat(a.connections).hasValue(1);
  }

  @Test
  void pick_sharesAlike() {
    registry.list(Messages.instance("stock", "a").toBuilder().setZone("z1").setWeight(1).build());
    registry.list(Messages.instance("stock", "b").toBuilder().setZone("z1").setWeight(3).build());
    registry.list(Messages.instance("stock", "c").toBuilder().setZone("z2").setWeight(4).build());
    Map<String, Integer> picked = new TreeMap<>();
    for (int i = 0; i < 400; i++) {
      picked.merge(rollcall.pick("stock"), 1, Integer::sum);
    }
    assertThat(picked).hasSize(2);
    assertThat(picked.get("127.0.0.1:1097")).isBetween(98, 102);
    String spare = rollcall.pick("stock", "", picked.keySet());
    assertThat(spare).isEqualTo("127.0.0.1:1099");
  }
}
