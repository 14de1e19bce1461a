// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.ListRequest;
import dev.rollcall.registry.v1.ListResponse;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegisterResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceFutureStub;
import dev.rollcall.server.testing.RunningServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Services that come near the 4 MiB that a client takes in one message, or pass it. */
final class LargeServicesTest {
  private static final String LABEL = "v".repeat(4_096);
  private static final int INSTANCE_BYTES = 7 * 4_096;

  @TempDir static Path data;
  private static RunningServer server;
  private static RegistryServiceBlockingStub stub;

  @BeforeAll
  static void start() throws Exception {
    server = new RunningServer(data);
    stub = server.stub();
    fill("a", 900 << 10);
    fill("b", 2_900 << 10);
    fill("c", 4 << 20);
    fill("d", 1);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static void fill(String service, int bytes) throws Exception {
    RegistryServiceFutureStub calls = RegistryServiceGrpc.newFutureStub(server.channel());
    List<ListenableFuture<RegisterResponse>> answers = new ArrayList<>();
    for (int i = 0; i * INSTANCE_BYTES < bytes; i++) {
      RegisterRequest.Builder request = RunningServer.request(service, "i" + i);
      for (int label = 0; label < 7; label++) {
        request.getInstanceBuilder().putMetadata("label-" + label, LABEL);
      }
      answers.add(calls.register(request.build()));
    }
    for (ListenableFuture<RegisterResponse> answer : answers) {
      answer.get();
    }
  }

  private static ListResponse page(String token) {
    return stub.list(ListRequest.newBuilder().setWithInstances(true).setPageToken(token).build());
  }

  @Test
  void list_aPageEndsBeforeWhatDoesNotFit_andTheTooLargeComesWithoutInstances() {
    List<String> seen = new ArrayList<>();
    String token = "";
    do {
      ListResponse page = page(token);
      page.getServicesList()
          .forEach(s -> seen.add(s.getService() + " " + (s.getInstancesCount() == s.getUsable())));
      seen.add("page");
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(seen)
        .containsExactly("a true", "page", "b true", "page", "c false", "d true", "page");
  }

  @Test
  void list_withoutInstances_isOnePage() {
    ListResponse page = stub.list(ListRequest.getDefaultInstance());
    assertThat(page.getServicesCount()).isEqualTo(4);
    assertThat(page.getNextPageToken()).isEmpty();
  }

  @Test
  void get_upToTheLimitIsAnswered_beyondItSaysWhatToUse() {
    assertThat(get("b")).isGreaterThan(100);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> get("c")).hasMessageContaining("RESOURCE_EXHAUSTED: service c");
    }
  }

  private static int get(String service) {
    return stub.get(GetRequest.newBuilder().setService(service).build()).getInstancesCount();
  }
}
