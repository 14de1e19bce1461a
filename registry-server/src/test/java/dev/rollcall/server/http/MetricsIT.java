// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import dev.rollcall.config.v1.ConfigServiceGrpc;
import dev.rollcall.config.v1.PutRequest;
import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.HeartbeatResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.relay.v1.RelayServiceGrpc;
import dev.rollcall.relay.v1.SendRequest;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus reads of a server that was used. */
final class MetricsIT {
  private static final String SECRET = "0123456789abcdefghijkl";

  @TempDir Path data;
  private RunningServer server;
  private Client client;

  @BeforeEach
  void start() throws IOException {
    server = new RunningServer(data);
    client = new Client(server.port());
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + server.httpPort() + path);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  private String scrape() throws IOException, InterruptedException {
    HttpResponse<String> answer = get("/metrics");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type"))
        .contains("text/plain; version=0.0.4; charset=utf-8");
    return answer.body();
  }

  private static void refused(Runnable call) {
    assertThatExceptionOfType(StatusRuntimeException.class).isThrownBy(call::run);
  }

  @Test
  void calls_areCountedByWhatBecameOfThem() throws Exception {
    client.calls().register(RunningServer.request("a", "x").setLeaseId(SECRET).build());
    client
        .calls()
        .heartbeat(HeartbeatRequest.newBuilder().addLeaseIds(SECRET).addLeaseIds("nobody").build());
    ConfigServiceGrpc.newBlockingStub(client.channel())
        .put(PutRequest.newBuilder().setKey("k").setValue("v").build());
    refused(() -> client.calls().get(GetRequest.newBuilder().setService("none").build()));
    SendRequest message = SendRequest.newBuilder().setTo("none").setMessage("m").build();
    refused(() -> RelayServiceGrpc.newBlockingStub(client.channel()).send(message));
    // the same rules are counted behind HTTP
    assertThat(get("/v1/services/none").statusCode()).isEqualTo(404);
    assertThat(scrape())
        .contains(
            "rollcall_instances{namespace_name=\"default\",service_name=\"a\",status=\"SERVING\"} 1",
            "rollcall_registrations_total{cause=\"REGISTERED\"} 1",
            "rollcall_heartbeats_total{outcome=\"renewed\"} 1",
            "rollcall_heartbeats_total{outcome=\"unknown\"} 1",
            // registering renews as well
            "rollcall_heartbeat_lateness_seconds_count 2",
            "rollcall_config_changes_total 1",
            "rollcall_store_commit_seconds_count 2",
            "rollcall_store_revision{namespace_name=\"default\"} 1",
            "rollcall_rejected_total{reason=\"SERVICE_UNKNOWN\"} 3",
            "rollcall_relay_total{outcome=\"refused\"} 1",
            "grpc_method=\"rollcall.registry.v1.RegistryService/Get\",grpc_status=\"NOT_FOUND\"} 1");
  }

  @Test
  void watches_areCounted_andWhyTheyStartOver() throws Exception {
    client.calls().register(RunningServer.request("a", "w").build());
    var changes = client.calls().watch(WatchRequest.newBuilder().addServices("a").build());
    changes.next();
    client.calls().register(RunningServer.request("a", "x").setLeaseId(SECRET).build());
    changes.next();
    WatchRequest resumed =
        WatchRequest.newBuilder()
            .addServices("a")
            .setEpoch("another")
            .setAfterRevision(1)
            .setNonce(1)
            .build();
    assertThat(client.calls().watch(resumed).next().getSnapshot()).isTrue();
    await()
        .untilAsserted(
            () ->
                assertThat(scrape())
                    .contains(
                        "rollcall_watch_streams 2",
                        "rollcall_propagation_seconds_count 1",
                        "rollcall_watch_resyncs_total{reason=\"epoch\"} 1"));
  }

  @Test
  void unknownMethods_shareOneLine() throws Exception {
    for (String name : List.of("no.Such/One", "no.Such/Other")) {
      MethodDescriptor<HeartbeatRequest, HeartbeatResponse> unknown =
          RegistryServiceGrpc.getHeartbeatMethod().toBuilder().setFullMethodName(name).build();
      refused(
          () ->
              ClientCalls.blockingUnaryCall(
                  client.channel(),
                  unknown,
                  CallOptions.DEFAULT,
                  HeartbeatRequest.getDefaultInstance()));
    }
    assertThat(scrape())
        .contains("grpc_method=\"_OTHER\",grpc_status=\"UNIMPLEMENTED\"} 2")
        .doesNotContain("no.Such");
  }
}
