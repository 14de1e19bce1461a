// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.GetStatusResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceImplBase;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How registrations end, with calls in flight, on real sockets. */
final class FarewellTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final TestRegistry registry = TestRegistry.start();
  private final Rollcall callee = Rollcall.builder().registry(registry.address()).connect();
  private final Rollcall caller = Rollcall.builder().registry(registry.address()).connect();
  private final HealthStatusManager health = new HealthStatusManager();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch answer = new CountDownLatch(1);
  private final Server server = serve();

  @BeforeEach
  void pollOften() {
    Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
  }

  @AfterEach
  void close() {
    answer.countDown();
    caller.close();
    callee.close();
    server.shutdownNow();
    registry.close();
  }

  private Server serve() {
    var slow =
        new RegistryServiceImplBase() {
          @Override
          public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> out) {
            asked.countDown();
            try {
              answer.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            out.onNext(GetStatusResponse.newBuilder().setVersion("done").build());
            out.onCompleted();
          }
        };
    try {
      return ServerBuilder.forPort(0)
          .addService(slow)
          .addService(health.getHealthService())
          .build()
          .start();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private Registration product() {
    Registration registration = callee.register("product", server).id("p").health(health).start();
    registration.awaitRegistered(SOON);
    return registration;
  }

  private ServingStatus asServed() {
    CompletableFuture<HealthCheckResponse> told = new CompletableFuture<>();
    ((HealthGrpc.AsyncService) health.getHealthService())
        .check(
            HealthCheckRequest.getDefaultInstance(),
            new StreamObserver<>() {
              @Override
              public void onNext(HealthCheckResponse value) {
                told.complete(value);
              }

              @Override
              public void onError(Throwable t) {
                told.completeExceptionally(t);
              }

              @Override
              public void onCompleted() {}
            });
    return told.join().getStatus();
  }

  @Test
  void close_callInFlight_finishesBeforeTheInstanceLeaves() throws Exception {
    Registration registration = product();
    List<ServiceEvent> events = new CopyOnWriteArrayList<>();
    caller.watch("product", events::add);
    await().atMost(SOON).until(() -> events.size() == 1);
    var inFlight =
        RegistryServiceGrpc.newFutureStub(caller.channel("product"))
            .getStatus(GetStatusRequest.getDefaultInstance());
    asked.await();

    var closing = CompletableFuture.runAsync(registration::close);
    await().atMost(SOON).until(() -> events.size() == 2);
    assertThat(events.get(1).cause().kind()).isEqualTo("DRAINED");
    assertThat(asServed()).isEqualTo(ServingStatus.NOT_SERVING);
    await().atMost(SOON).until(server::isShutdown);
    assertThat(registry.ids("product")).containsExactly("p");
    var refused = RegistryServiceGrpc.newBlockingStub(caller.channel("product"));
    assertThatThrownBy(() -> refused.getStatus(GetStatusRequest.getDefaultInstance()))
        .hasMessageContaining("no usable instance");

    answer.countDown();
    assertThat(inFlight.get().getVersion()).isEqualTo("done");
    closing.get();
    assertThat(registry.ids("product")).isEmpty();
    assertThat(registry.drains()).containsExactly("shutting down");
  }

  @Test
  void close_olderRegistry_goesOnWithoutADrain() {
    registry.withoutDrain();
    product().close();
    assertThat(server.isTerminated()).isTrue();
    assertThat(registry.ids("product")).isEmpty();
  }

  @Test
  void close_registryAway_goesOnWithoutIt() throws Exception {
    Registration registration = product();
    registry.stop();
    registration.close();
    assertThat(server.isTerminated()).isTrue();
  }

  @Test
  void close_serverOfAnother_keepsIt() {
    Registration registration = product();
    Registration other = callee.register("stock", server).id("s").drainPause(Duration.ZERO).start();
    other.awaitRegistered(SOON);
    other.close();
    assertThat(server.isShutdown()).isFalse();
    registration.close();
    assertThat(server.isTerminated()).isTrue();
  }

  @Test
  void drain_registeredAgain_isDrainedAgain() {
    Registration registration = product();
    registration.drain("too warm");
    registry.expire("product", "p");
    await().atMost(SOON).until(() -> registry.drains().equals(List.of("too warm", "too warm")));
    assertThat(server.isShutdown()).isFalse();
  }
}
