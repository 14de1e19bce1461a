// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.DeregisterRequest;
import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.GetResponse;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.InstanceStatus;
import dev.rollcall.registry.v1.ListRequest;
import dev.rollcall.registry.v1.ListResponse;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegisterResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import dev.rollcall.registry.v1.ServiceSummary;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The RPCs over a real socket and a real store. */
final class RegistryEndpointTest {
  private static final String SECRET = "0123456789abcdefghijkl";

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

  @Test
  void register_theShortestRequest_isListedAndFound() {
    RegisterResponse answer =
        stub.register(
            RegisterRequest.newBuilder()
                .setInstance(
                    Instance.newBuilder().setService("hello").setAddress("127.0.0.1:50051"))
                .build());
    assertThat(answer.getInstance().getId()).matches("[a-z0-9]{10}");
    assertThat(answer.getLeaseId()).matches("[A-Za-z0-9_-]{22,64}");
    assertThat(answer.getLeaseTtl().getSeconds()).isEqualTo(10);
    assertThat(answer.getHeartbeatInterval().getSeconds()).isBetween(2L, 3L);
    assertThat(answer.getEpoch()).isNotEmpty();
    assertThat(answer.getRevision()).isEqualTo(1);
    GetResponse found = stub.get(GetRequest.newBuilder().setService("hello").build());
    assertThat(found.getInstancesList()).containsExactly(answer.getInstance());
    assertThat(found.getInstances(0).getStatus()).isEqualTo(InstanceStatus.INSTANCE_STATUS_SERVING);
    assertThat(found.getInstances(0).getWeight()).isEqualTo(100);
    assertThat(found.getEpoch()).isEqualTo(answer.getEpoch());
    assertThat(found.hasAsOf()).isTrue();
  }

  @Test
  void register_sentAgain_changesNothing() {
    RegisterRequest request = RunningServer.request("a", "x").setLeaseId(SECRET).build();
    RegisterResponse first = stub.register(request);
    RegisterResponse again = stub.register(request);
    assertThat(again.getRevision()).isEqualTo(first.getRevision());
    assertThat(again.getInstance()).isEqualTo(first.getInstance());
    assertThat(again.getLeaseId()).isEqualTo(SECRET);
  }

  @Test
  void register_aLivingIdWithoutItsSecret_alreadyExists() {
    stub.register(RunningServer.request("a", "x").setLeaseId(SECRET).build());
    assertRefused(
        () -> stub.register(RunningServer.request("a", "x").build()),
        Status.Code.ALREADY_EXISTS,
        "INSTANCE_ID_TAKEN",
        "a/x");
  }

  @Test
  void heartbeat_renewsAndNamesTheUnknown() {
    RegisterRequest.Builder request = RunningServer.request("a", "x").setLeaseId(SECRET);
    request.getInstanceBuilder().setLeaseTtl(Durations.fromSeconds(9));
    stub.register(request.build());
    var beat =
        stub.heartbeat(
            HeartbeatRequest.newBuilder().addLeaseIds(SECRET).addLeaseIds("unknown").build());
    assertThat(beat.getUnknownLeaseIdsList()).containsExactly("unknown");
    assertThat(beat.getNextIn().getSeconds()).isBetween(2L, 3L);
    assertThat(beat.getEpoch()).isNotEmpty();
  }

  @Test
  void heartbeat_replayedAfterTheEnd_bringsNothingBack() {
    stub.register(RunningServer.request("a", "x").setLeaseId(SECRET).build());
    stub.deregister(DeregisterRequest.newBuilder().setLeaseId(SECRET).build());
    var beat = stub.heartbeat(HeartbeatRequest.newBuilder().addLeaseIds(SECRET).build());
    assertThat(beat.getUnknownLeaseIdsList()).containsExactly(SECRET);
    assertRefused(
        () -> stub.get(GetRequest.newBuilder().setService("a").build()),
        Status.Code.NOT_FOUND,
        "SERVICE_UNKNOWN",
        "a");
  }

  @Test
  void deregister_byLeaseIsRepeatable_byNameIsAnOperators() {
    stub.register(RunningServer.request("a", "x").setLeaseId(SECRET).build());
    stub.register(RunningServer.request("a", "y").setLeaseId(SECRET).build());
    var byLease = DeregisterRequest.newBuilder().setLeaseId(SECRET).build();
    assertThat(stub.deregister(byLease).getRevision()).isEqualTo(4);
    assertThat(stub.deregister(byLease).getRevision()).isEqualTo(4);
    assertRefused(
        () -> stub.deregister(DeregisterRequest.newBuilder().setService("a").setId("x").build()),
        Status.Code.NOT_FOUND,
        "INSTANCE_UNKNOWN",
        "a/x");
    assertRefused(
        () -> stub.deregister(DeregisterRequest.getDefaultInstance()),
        Status.Code.INVALID_ARGUMENT,
        "INVALID_FIELD",
        "lease_id");
  }

  @Test
  void get_neverMatchesAPrefixAndKnowsEpochs() {
    RegisterResponse listed = stub.register(RunningServer.request("product", "x").build());
    assertRefused(
        () -> stub.get(GetRequest.newBuilder().setService("prod").build()),
        Status.Code.NOT_FOUND,
        "SERVICE_UNKNOWN",
        "prod");
    GetRequest.Builder request = GetRequest.newBuilder().setService("product").setMinRevision(1);
    assertThat(stub.get(request.setEpoch(listed.getEpoch()).build()).getInstancesCount()).isOne();
    assertRefused(
        () -> stub.get(request.setEpoch("another").build()),
        Status.Code.FAILED_PRECONDITION,
        "EPOCH_CHANGED",
        "another");
  }

  @Test
  void get_waitsForItsRevision() throws Exception {
    stub.register(RunningServer.request("a", "x").build());
    var later = java.util.concurrent.Executors.newSingleThreadExecutor();
    try {
      GetRequest request = GetRequest.newBuilder().setService("a").setMinRevision(2).build();
      var waiting = later.submit(() -> stub.get(request));
      stub.register(RunningServer.request("a", "y").build());
      assertThat(waiting.get().getInstancesCount()).isEqualTo(2);
    } finally {
      later.shutdownNow();
    }
    assertRefused(
        () ->
            server
                .stub()
                .withDeadlineAfter(1, TimeUnit.SECONDS)
                .get(
                    GetRequest.newBuilder().setService("a").setMinRevision(9).setEpoch("").build()),
        Status.Code.UNAVAILABLE,
        "REVISION_NOT_REACHED",
        "this server is at 2");
  }

  @Test
  void list_pagesThroughAllServices() {
    for (int i = 0; i < 25; i++) {
      stub.register(RunningServer.request("s" + i, "x").build());
      stub.register(RunningServer.request("s" + i, "y").build());
    }
    List<String> names = new ArrayList<>();
    ListRequest.Builder request = ListRequest.newBuilder().setPageSize(10).setWithInstances(true);
    ListResponse page;
    do {
      page = stub.list(request.build());
      assertThat(page.getTotalServices()).isEqualTo(25);
      for (ServiceSummary service : page.getServicesList()) {
        names.add(service.getService());
        assertThat(service.getUsable()).isEqualTo(2);
        assertThat(service.getInstancesCount()).isEqualTo(2);
      }
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    assertThat(names).hasSize(25).isSorted().doesNotHaveDuplicates();
    assertRefused(
        () -> stub.list(ListRequest.newBuilder().setPageToken("*").build()),
        Status.Code.INVALID_ARGUMENT,
        "INVALID_FIELD",
        "page_token");
  }

  @Test
  void watch_tellsEveryChangeWithItsCause() {
    Iterator<WatchResponse> watch = stub.watch(WatchRequest.newBuilder().addServices("a").build());
    WatchResponse snapshot = watch.next();
    assertThat(snapshot.getSnapshot()).isTrue();
    assertThat(snapshot.getMore()).isFalse();
    assertThat(snapshot.getChangesList()).isEmpty();
    stub.register(RunningServer.request("a", "x").setLeaseId(SECRET).build());
    WatchResponse listed = watch.next();
    assertThat(listed.getChanges(0).getUpsert().getId()).isEqualTo("x");
    assertThat(listed.getChanges(0).getCause().getKind())
        .isEqualTo(CauseKind.CAUSE_KIND_REGISTERED);
    assertThat(listed.getChanges(0).getCause().getCaller()).startsWith("127.0.0.1:");
    stub.register(RunningServer.request("b", "y").build());
    stub.deregister(
        DeregisterRequest.newBuilder().setLeaseId(SECRET).setReason("done for today").build());
    WatchResponse gone = watch.next();
    assertThat(gone.getRevision()).isEqualTo(3);
    assertThat(gone.getChanges(0).getRemoved().getId()).isEqualTo("x");
    assertThat(gone.getChanges(0).getCause().getText()).endsWith("done for today");
    WatchRequest resume =
        WatchRequest.newBuilder()
            .addServices("a")
            .setEpoch(listed.getEpoch())
            .setAfterRevision(listed.getRevision())
            .setNonce(listed.getNonce())
            .build();
    WatchResponse resumed = stub.watch(resume).next();
    assertThat(resumed.getSnapshot()).isFalse();
    assertThat(resumed.getChangesList()).isEqualTo(gone.getChangesList());
  }

  @Test
  void status_tellsPositionAndLoad() {
    stub.register(RunningServer.request("a", "x").build());
    var status = stub.getStatus(GetStatusRequest.getDefaultInstance());
    assertThat(status.getRevision()).isOne();
    assertThat(status.getServices()).isOne();
    assertThat(status.getInstances()).isOne();
    assertThat(status.getStore()).isEqualTo("embedded");
    assertThat(status.getStoreUp()).isTrue();
    assertThat(status.getProblemsList()).isEmpty();
    assertThat(status.getReplicas(0).getAddress()).endsWith(":" + server.port());
  }

  @Test
  void restart_bringsBackExactlyWhatWasAnswered() throws IOException {
    RegisterResponse listed =
        stub.register(RunningServer.request("a", "x").setLeaseId(SECRET).build());
    server.close();
    server = new RunningServer(data);
    stub = server.stub();
    GetResponse found = stub.get(GetRequest.newBuilder().setService("a").build());
    assertThat(found.getInstancesList()).containsExactly(listed.getInstance());
    assertThat(found.getEpoch()).isEqualTo(listed.getEpoch());
    assertThat(found.getRevision()).isEqualTo(listed.getRevision());
    // not heard since the restart: may be taken over
    RegisterResponse taken = stub.register(RunningServer.request("a", "x").build());
    assertThat(taken.getRevision()).isEqualTo(2);
  }

  @Test
  void durations_beyondTheLimits_areNamedAsGiven() {
    RegisterRequest.Builder request = RunningServer.request("a", "x");
    request.getInstanceBuilder().setLeaseTtl(Duration.newBuilder().setSeconds(-1));
    assertThatThrownBy(() -> stub.register(request.build()))
        .hasMessage("INVALID_ARGUMENT: instance.lease_ttl: -1s (expected: 1s to 86400s)");
  }

  private static void assertRefused(
      Runnable call, Status.Code code, String reason, String mentions) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(code);
              assertThat(e.getStatus().getDescription()).contains(mentions);
              assertThat(reasonOf(e)).isEqualTo(reason);
            });
  }

  private static String reasonOf(StatusRuntimeException e) {
    try {
      for (var detail : StatusProto.fromThrowable(e).getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          return detail.unpack(ErrorInfo.class).getReason();
        }
        assertThat(detail.is(BadRequest.class)).isFalse();
      }
    } catch (com.google.protobuf.InvalidProtocolBufferException broken) {
      throw new AssertionError(broken);
    }
    return "";
  }
}
