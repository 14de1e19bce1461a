// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.rollcall.registry.v1.DrainRequest;
import dev.rollcall.server.testing.RunningServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus' HTTP service discovery is told. */
final class TargetsIT {
  private static final String SECRET = "0123456789abcdefghijkl";

  @TempDir Path data;
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    server = new RunningServer(data);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> get(String query) throws IOException, InterruptedException {
    URI uri =
        URI.create("http://127.0.0.1:" + server.httpPort() + "/v1/prometheus/targets" + query);
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  private JsonArray targets(String query) throws IOException, InterruptedException {
    HttpResponse<String> answer = get(query);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    return JsonParser.parseString(answer.body()).getAsJsonArray();
  }

  private void register(String service, String id, String metrics) {
    var request = RunningServer.request(service, id).setLeaseId(SECRET);
    request.getInstanceBuilder().setVersion("7").putMetadata("team/name", "blue");
    if (!metrics.isEmpty()) {
      request.getInstanceBuilder().putEndpoints("metrics", metrics);
    }
    var unused = server.stub().register(request.build());
  }

  @Test
  void nobody_isAnEmptyList() throws Exception {
    assertThat(targets("")).isEmpty();
    assertThat(targets("?namespace=none&service=none")).isEmpty();
  }

  @Test
  void whoHasAnEndpointForMetrics_isATarget_whateverItsStatus() throws Exception {
    register("a", "x", "127.0.0.1:9100");
    register("b", "y", "");
    var unused =
        server
            .stub()
            .drain(DrainRequest.newBuilder().setService("a").setId("x").setLeaseId(SECRET).build());
    JsonObject target = targets("").get(0).getAsJsonObject();
    assertThat(targets("")).hasSize(1);
    assertThat(target.get("targets").toString()).isEqualTo("[\"127.0.0.1:9100\"]");
    assertThat(target.get("labels"))
        .isEqualTo(
            JsonParser.parseString(
                """
                {"namespace_name":"default","service_name":"a","instance_id":"x",
                "__meta_rollcall_status":"DRAINING","__meta_rollcall_address":"127.0.0.1:50051",
                "__meta_rollcall_version":"7","__meta_rollcall_zone":"",
                "__meta_rollcall_metadata_team_name":"blue"}
                """));
  }

  @Test
  void anotherEndpoint_orNoneAtAll_mayBeAskedFor() throws Exception {
    register("a", "x", "127.0.0.1:9100");
    register("b", "y", "");
    assertThat(targets("?endpoint=other")).isEmpty();
    assertThat(targets("?endpoint=")).hasSize(2);
    assertThat(targets("?endpoint=&service=b").toString())
        .contains("127.0.0.1:50051", "\"b\"")
        .doesNotContain("\"a\"");
  }

  @Test
  void whatIsNotKnown_isRefused() throws Exception {
    assertThat(get("?nope=1").statusCode()).isEqualTo(400);
    assertThat(get("?namespace=UP").statusCode()).isEqualTo(400);
    assertThat(get("?namespace=UP").body()).contains("INVALID_FIELD");
  }
}
