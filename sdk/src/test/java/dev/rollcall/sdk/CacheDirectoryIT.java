// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.GetStatusResponse;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceImplBase;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Programs that start while no registry answers, after others that knew one. */
final class CacheDirectoryIT {
  private static final Duration SOON = Duration.ofSeconds(15);

  @TempDir private Path directory;

  private final TestRegistry registry = TestRegistry.start();
  private final Server product = serve();

  @BeforeEach
  void pollOften() {
    Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
  }

  @AfterEach
  void close() {
    registry.close();
    product.shutdownNow();
  }

  private static Server serve() {
    var service =
        new RegistryServiceImplBase() {
          @Override
          public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> out) {
            out.onNext(GetStatusResponse.newBuilder().setVersion("product").build());
            out.onCompleted();
          }
        };
    try {
      return ServerBuilder.forPort(0).addService(service).build().start();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private Rollcall connect() {
    return Rollcall.builder().registry(registry.address()).cacheDirectory(directory).connect();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> found = Files.walk(directory)) {
      return found.filter(Files::isRegularFile).toList();
    }
  }

  private void learnedByAnotherProgram() {
    registry.list(
        Instance.newBuilder()
            .setService("product")
            .setId("a")
            .setAddress("127.0.0.1:" + product.getPort())
            .build());
    try (Rollcall other = connect()) {
      assertThat(other.watch("product").awaitKnown(SOON)).isTrue();
      await().atMost(SOON).until(() -> files().size() == 1);
    }
  }

  private static String call(Rollcall rollcall) {
    return RegistryServiceGrpc.newBlockingStub(rollcall.channel("product"))
        .getStatus(GetStatusRequest.getDefaultInstance())
        .getVersion();
  }

  @Test
  void start_noRegistryAnswers_callsWhoWasThereLast_untilOneDoes() throws Exception {
    learnedByAnotherProgram();
    Instant anHourAgo = Instant.now().minusSeconds(3_600);
    Files.setLastModifiedTime(files().get(0), FileTime.from(anHourAgo));
    registry.stop();
    try (Rollcall rollcall = connect()) {
      assertThat(call(rollcall)).isEqualTo("product");
      assertThat(rollcall.pick("product")).endsWith(":" + product.getPort());
      ServiceWatch watch = rollcall.watch("product");
      assertThat(watch.awaitKnown(SOON)).isTrue();
      assertThat(rollcall.staleFor()).isBetween(Duration.ofHours(1), Duration.ofMinutes(62));
      registry.list(Messages.instance("product", "b"));
      registry.expire("product", "a");
      registry.restart();
      await().atMost(SOON).until(() -> rollcall.pick("product").equals("127.0.0.1:1098"));
      assertThat(rollcall.staleFor()).isZero();
      Instant soonAfter = anHourAgo.plusSeconds(60);
      await()
          .atMost(SOON)
          .until(() -> Files.getLastModifiedTime(files().get(0)).toInstant().isAfter(soonAfter));
    }
  }

  @Test
  void start_registryAnswers_diskIsNotAsked() {
    learnedByAnotherProgram();
    registry.expire("product", "a");
    try (Rollcall rollcall = connect()) {
      ServiceWatch watch = rollcall.watch("product");
      assertThat(watch.awaitKnown(SOON)).isTrue();
      assertThat(watch.instances()).isEmpty();
      await().atMost(SOON).until(() -> files().isEmpty());
    }
  }

  @Test
  void start_damagedFile_failsAsWithout() throws Exception {
    learnedByAnotherProgram();
    Files.writeString(files().get(0), "something else");
    registry.stop();
    try (Rollcall rollcall = connect()) {
      assertThatThrownBy(() -> call(rollcall)).hasMessageContaining("cannot be reached");
    }
  }
}
