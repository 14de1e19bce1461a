// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.Edge;
import dev.rollcall.registry.v1.GetGraphRequest;
import dev.rollcall.registry.v1.InstanceRef;
import dev.rollcall.registry.v1.RegisterResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.Context;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Dependencies over a real socket. */
final class GraphEndpointTest {
  private static final String SECRET = "0123456789abcdefghijkl";
  private static final InstanceRef ORDER =
      InstanceRef.newBuilder().setService("order").setId("o").build();

  @TempDir Path data;
  private RunningServer server;
  private RegistryServiceBlockingStub stub;

  @BeforeEach
  void start() throws IOException {
    server = new RunningServer(data);
    stub = server.stub();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private RegisterResponse order(String... requires) {
    var request = RunningServer.request("order", "o").setLeaseId(SECRET);
    request.getInstanceBuilder().addAllRequires(List.of(requires));
    return stub.register(request.build());
  }

  private static List<String> upserts(WatchResponse message) {
    return message.getChangesList().stream()
        .filter(Change::hasUpsert)
        .map(change -> change.getUpsert().getService())
        .toList();
  }

  @Test
  void requiredBy_followsWhatAnInstanceRequiresAlsoWhenThatChanges() {
    stub.register(RunningServer.request("product", "p").build());
    stub.register(RunningServer.request("stock", "s").build());
    Iterator<WatchResponse> watch =
        stub.watch(WatchRequest.newBuilder().setRequiredBy(ORDER).build());
    WatchResponse nobodyYet = watch.next();
    assertThat(nobodyYet.getSnapshot()).isTrue();
    assertThat(nobodyYet.getChangesList()).isEmpty();
    order("product");
    WatchResponse product = watch.next();
    assertThat(product.getSnapshot()).isTrue();
    assertThat(upserts(product)).containsExactly("product");
    stub.register(RunningServer.request("product", "q").build());
    WatchResponse another = watch.next();
    assertThat(another.getSnapshot()).isFalse();
    assertThat(upserts(another)).containsExactly("product");
    order("stock");
    WatchResponse stock = watch.next();
    assertThat(stock.getSnapshot()).isTrue();
    assertThat(upserts(stock)).containsExactly("stock");
  }

  @Test
  void requiredBy_resumesUnlessTheSetChangedMeanwhile() {
    stub.register(RunningServer.request("product", "p").build());
    order("product");
    WatchRequest request = WatchRequest.newBuilder().setRequiredBy(ORDER).build();
    WatchResponse held = stub.watch(request).next();
    WatchRequest resume =
        request.toBuilder()
            .setEpoch(held.getEpoch())
            .setAfterRevision(held.getRevision())
            .setNonce(held.getNonce())
            .build();
    stub.register(RunningServer.request("product", "q").build());
    WatchResponse missed = stub.watch(resume).next();
    assertThat(missed.getSnapshot()).isFalse();
    assertThat(upserts(missed)).containsExactly("product");
    order("product", "stock");
    assertThat(stub.watch(resume).next().getSnapshot()).isTrue();
  }

  @Test
  void requiredByAndServices_excludeEachOther() {
    WatchRequest both =
        WatchRequest.newBuilder().addServices("product").setRequiredBy(ORDER).build();
    assertThatThrownBy(() -> stub.watch(both).hasNext())
        .hasMessageStartingWith("INVALID_ARGUMENT: required_by: order/o");
  }

  @Test
  void graph_showsDeclaredAndWatchedEdges() {
    order("product");
    Context.CancellableContext watching = Context.current().withCancellation();
    watching.run(
        () -> {
          WatchRequest request =
              WatchRequest.newBuilder().addServices("product").setWatcher(ORDER).build();
          assertThat(stub.watch(request).next().getSnapshot()).isTrue();
        });
    Edge edge = Edge.newBuilder().setFrom("order").setTo("product").setDeclared(1).build();
    assertThat(edges()).containsExactly(edge.toBuilder().setWatching(1).setUnmet(true).build());
    stub.register(RunningServer.request("product", "p").build());
    watching.cancel(null);
    await().until(() -> edges().equals(List.of(edge)));
  }

  private List<Edge> edges() {
    return stub.getGraph(GetGraphRequest.getDefaultInstance()).getEdgesList();
  }
}
