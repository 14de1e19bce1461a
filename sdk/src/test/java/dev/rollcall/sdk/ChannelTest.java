// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.GetStatusResponse;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceImplBase;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Calls by name. The callee is any gRPC service that names itself: here GetStatus's version. */
final class ChannelTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final TestRegistry registry = TestRegistry.start();
  private final Rollcall rollcall = Rollcall.builder().registry(registry.address()).connect();
  private final List<Server> servers = new ArrayList<>();

  @BeforeEach
  void pollOften() {
    Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
  }

  @AfterEach
  void close() {
    rollcall.close();
    servers.forEach(Server::shutdownNow);
    registry.close();
  }

  private Server serve(String name) throws IOException {
    var service =
        new RegistryServiceImplBase() {
          @Override
          public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> out) {
            out.onNext(GetStatusResponse.newBuilder().setVersion(name).build());
            out.onCompleted();
          }
        };
    Server server = ServerBuilder.forPort(0).addService(service).build().start();
    servers.add(server);
    registry.list(listed(name, server).build());
    return server;
  }

  private static Instance.Builder listed(String name, Server server) {
    return Instance.newBuilder()
        .setService("product")
        .setId(name)
        .setAddress("localhost:" + server.getPort());
  }

  private static RegistryServiceBlockingStub stub(ManagedChannel channel) {
    return RegistryServiceGrpc.newBlockingStub(channel);
  }

  private String call() {
    return stub(rollcall.channel("product"))
        .getStatus(GetStatusRequest.getDefaultInstance())
        .getVersion();
  }

  private Set<String> callSeveral() {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < 10; i++) {
      names.add(call());
    }
    return names;
  }

  @Test
  void channel_severalInstances_isBalanced() throws IOException {
    serve("a");
    serve("b");
    await().atMost(SOON).until(() -> callSeveral().equals(Set.of("a", "b")));
    assertThat(rollcall.channel("product")).isSameAs(rollcall.channel("product"));
  }

  @Test
  void channel_instanceLeaves_getsNoMoreCalls() throws IOException {
    serve("a");
    serve("b");
    await().atMost(SOON).until(() -> callSeveral().equals(Set.of("a", "b")));
    registry.expire("product", "a");
    await().atMost(SOON).until(() -> callSeveral().equals(Set.of("b")));
  }

  @Test
  void channel_instanceDiesUnannounced_noCallFails() throws Exception {
    Server a = serve("a");
    serve("b");
    await().atMost(SOON).until(() -> callSeveral().equals(Set.of("a", "b")));
    a.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    assertThat(callSeveral()).isEqualTo(Set.of("b"));
  }

  @Test
  void channel_hostWithoutAddress_holdsNobodyElseUp() throws IOException {
    registry.list(listed("x", serve("a")).setAddress("no-such-host.invalid:1").build());
    await().atMost(SOON).ignoreExceptions().until(() -> callSeveral().equals(Set.of("a")));
  }

  @Test
  void channel_weightZero_getsNoCalls() throws IOException {
    Server a = serve("a");
    serve("b");
    registry.list(listed("a", a).setWeight(0).build());
    await().atMost(SOON).until(() -> callSeveral().equals(Set.of("b")));
  }

  @Test
  void channel_lastInstanceLeavesButRuns_failsAtOnceAndSaysWhat() throws IOException {
    serve("a");
    assertThat(call()).isEqualTo("a");
    registry.expire("product", "a");
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThatThrownBy(this::call)
                    .isInstanceOf(StatusRuntimeException.class)
                    .hasMessageStartingWith("UNAVAILABLE")
                    .hasMessageContaining("service product has no usable instance"));
    serve("b");
    await().atMost(SOON).ignoreExceptions().until(() -> call().equals("b"));
  }

  @Test
  void channel_registryNeverReached_failsAndSaysSo() throws Exception {
    registry.stop();
    assertThatThrownBy(this::call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE))
        .hasMessageContaining("registry at " + registry.address() + " cannot be reached");
  }

  @Test
  void channel_noInstanceFromTheStart_saysWhat() {
    assertThatThrownBy(this::call).hasMessageContaining("service product has no usable instance");
  }

  @Test
  void channel_waitForReady_waitsForTheFirstInstance() throws IOException {
    var answer =
        RegistryServiceGrpc.newFutureStub(rollcall.channel("product"))
            .withWaitForReady()
            .withDeadlineAfter(5, TimeUnit.SECONDS)
            .getStatus(GetStatusRequest.getDefaultInstance());
    await().atMost(SOON).until(() -> registry.snapshots() > 0);
    serve("late");
    await().atMost(SOON).until(() -> answer.get().getVersion().equals("late"));
  }

  @Test
  void channel_registryAway_goesOn() throws Exception {
    serve("a");
    assertThat(call()).isEqualTo("a");
    registry.stop();
    await().atMost(SOON).until(() -> rollcall.staleFor().toMillis() > 300);
    assertThat(call()).isEqualTo("a");
  }

  @Test
  void plainTarget_sharesTheStream() throws IOException {
    serve("a");
    String target = "rollcall:///product?registry=" + registry.address();
    assertThat(call()).isEqualTo("a");
    ManagedChannel plain = ManagedChannelBuilder.forTarget(target).usePlaintext().build();
    try {
      assertThat(stub(plain).getStatus(GetStatusRequest.getDefaultInstance()).getVersion())
          .isEqualTo("a");
      assertThat(registry.watches()).hasSize(1);
    } finally {
      plain.shutdownNow();
    }
  }
}
