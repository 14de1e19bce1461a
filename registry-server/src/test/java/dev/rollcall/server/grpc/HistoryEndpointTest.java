// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Timestamp;
import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.DeregisterRequest;
import dev.rollcall.registry.v1.DrainRequest;
import dev.rollcall.registry.v1.Event;
import dev.rollcall.registry.v1.InstanceStatus;
import dev.rollcall.registry.v1.ListEventsRequest;
import dev.rollcall.registry.v1.ListEventsResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import dev.rollcall.server.testing.RunningServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** "Why is it gone?" over a real socket and a real store. */
final class HistoryEndpointTest {
  private static final String SECRET = "0123456789abcdefghijkl";

  @TempDir Path data;
  private RunningServer server;
  private RegistryServiceBlockingStub stub;

  @BeforeEach
  void start() throws IOException {
    server = new RunningServer(data);
    stub = server.stub();
    stub.register(RunningServer.request("a", "x").setLeaseId(SECRET).build());
    stub.register(RunningServer.request("a", "y").build());
    stub.register(RunningServer.request("b", "x").build());
    stub.drain(DrainRequest.newBuilder().setLeaseId(SECRET).setReason("deploy").build());
    stub.deregister(DeregisterRequest.newBuilder().setLeaseId(SECRET).build());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private List<Event> events(ListEventsRequest.Builder request) {
    return stub.listEvents(request.build()).getEventsList();
  }

  @Test
  void events_areNewestFirstWithCauseCallerAndStatus() {
    List<Event> events = events(ListEventsRequest.newBuilder().setService("a").setId("x"));
    assertThat(events).extracting(Event::getRevision).containsExactly(5L, 4L, 1L);
    assertThat(events)
        .extracting(event -> event.getCause().getKind())
        .containsExactly(
            CauseKind.CAUSE_KIND_DEREGISTERED,
            CauseKind.CAUSE_KIND_DRAINED,
            CauseKind.CAUSE_KIND_REGISTERED);
    assertThat(events)
        .extracting(Event::getStatus)
        .containsExactly(
            InstanceStatus.INSTANCE_STATUS_UNSPECIFIED,
            InstanceStatus.INSTANCE_STATUS_DRAINING,
            InstanceStatus.INSTANCE_STATUS_SERVING);
    assertThat(events.get(1).getCause().getText()).endsWith("deploy");
    assertThat(events).allMatch(event -> event.getCause().getCaller().startsWith("127.0.0.1:"));
  }

  @Test
  void filters_allHold() {
    assertThat(events(ListEventsRequest.newBuilder())).hasSize(5);
    assertThat(events(ListEventsRequest.newBuilder().setService("b"))).hasSize(1);
    assertThat(events(ListEventsRequest.newBuilder().setId("x"))).hasSize(4);
    assertThat(events(ListEventsRequest.newBuilder().setNamespace("other"))).isEmpty();
    assertThat(
            events(
                ListEventsRequest.newBuilder()
                    .addCauses(CauseKind.CAUSE_KIND_DRAINED)
                    .addCauses(CauseKind.CAUSE_KIND_LEASE_EXPIRED)))
        .hasSize(1);
    Timestamp future = Timestamp.newBuilder().setSeconds(4_000_000_000L).build();
    assertThat(events(ListEventsRequest.newBuilder().setSince(future))).isEmpty();
    assertThat(events(ListEventsRequest.newBuilder().setUntil(future))).hasSize(5);
  }

  @Test
  void pages_coverEverythingOnceAlsoWhileMoreHappens() {
    List<Long> revisions = new ArrayList<>();
    ListEventsRequest.Builder request = ListEventsRequest.newBuilder().setPageSize(2);
    ListEventsResponse page;
    do {
      page = stub.listEvents(request.build());
      page.getEventsList().forEach(event -> revisions.add(event.getRevision()));
      stub.register(RunningServer.request("c", "z" + revisions.size()).build());
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    assertThat(revisions).containsExactly(5L, 4L, 3L, 2L, 1L);
  }

  @Test
  void events_surviveARestart() throws IOException {
    server.close();
    server = new RunningServer(data);
    stub = server.stub();
    assertThat(events(ListEventsRequest.newBuilder())).hasSize(5);
  }

  @Test
  void badRequests_nameTheField() {
    assertThatThrownBy(() -> events(ListEventsRequest.newBuilder().setPageSize(1_001)))
        .hasMessageStartingWith("INVALID_ARGUMENT: page_size: 1001 (expected: 0 to 1000)");
    assertThatThrownBy(() -> events(ListEventsRequest.newBuilder().setPageToken("x")))
        .hasMessageContaining("page_token");
    assertThatThrownBy(() -> events(ListEventsRequest.newBuilder().addCausesValue(99)))
        .hasMessageContaining("causes[0]");
    assertThatThrownBy(
            () ->
                events(
                    ListEventsRequest.newBuilder()
                        .setSince(Timestamp.newBuilder().setSeconds(Long.MAX_VALUE))))
        .hasMessageContaining("since");
  }
}
