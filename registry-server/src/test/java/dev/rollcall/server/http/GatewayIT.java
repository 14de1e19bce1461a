// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.rollcall.server.testing.RunningServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The registry as JSON, over real sockets and a real store. */
final class GatewayIT {
  private static final String SECRET = "the-secret-of-an-http-client";

  @TempDir Path data;
  private final HttpClient client = HttpClient.newHttpClient();
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    server = new RunningServer(data);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + path))
        .timeout(Duration.ofSeconds(20));
  }

  private HttpResponse<String> call(String verb, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        request(path)
            .header("Rollcall-Lease", SECRET)
            .method(verb, BodyPublishers.ofString(body))
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  private JsonObject done(String verb, String path, String body) throws Exception {
    HttpResponse<String> answer = call(verb, path, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }

  private void refused(String verb, String path, String body, int code, String reason)
      throws Exception {
    HttpResponse<String> answer = call(verb, path, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(code);
    JsonObject error =
        JsonParser.parseString(answer.body()).getAsJsonObject().getAsJsonObject("error");
    assertThat(error.get("reason").getAsString()).isEqualTo(reason);
    assertThat(error.get("code").getAsInt()).isEqualTo(code);
    assertThat(error.get("message").getAsString()).isNotBlank();
    assertThat(error.get("status").getAsString()).isNotBlank();
  }

  private void register() throws Exception {
    JsonObject answer =
        done(
            "PUT",
            "/v1/services/hello/instances/a",
            "{\"address\":\"127.0.0.1:50051\",\"leaseTtl\":\"60s\"}");
    assertThat(answer.get("leaseId").getAsString()).isEqualTo(SECRET);
  }

  @Test
  void instance_livesItsLife() throws Exception {
    register();
    assertThat(done("GET", "/v1/services/hello", "").toString()).contains("127.0.0.1:50051");
    assertThat(done("GET", "/v1/services?withInstances=true", "").toString()).contains("\"a\"");
    assertThat(done("GET", "/v1/services/hello/instances/a", "").get("leaseRemaining")).isNotNull();
    assertThat(done("POST", "/v1/heartbeat", "{\"leaseIds\":[\"" + SECRET + "\"]}").get("nextIn"))
        .isNotNull();
    done("POST", "/v1/services/hello/instances/a:drain", "{\"reason\":\"done\"}");
    assertThat(done("GET", "/v1/services/hello?allStatuses=true", "").toString())
        .contains("INSTANCE_STATUS_DRAINING");
    done("DELETE", "/v1/services/hello/instances/a", "");
    refused("GET", "/v1/services/hello", "", 404, "SERVICE_UNKNOWN");
    String events = done("GET", "/v1/events?service=hello", "").toString();
    // who called is the HTTP client, not the server's own inside
    assertThat(events).contains("CAUSE_KIND_DEREGISTERED").contains("127.0.0.1:");
    assertThat(done("GET", "/v1/status", "").get("store").getAsString()).isEqualTo("embedded");
    assertThat(done("GET", "/v1/graph", "").get("epoch")).isNotNull();
  }

  @Test
  void namespaceAndRepeatedParameters_areTaken() throws Exception {
    done("PUT", "/v1/services/a/instances/x?namespace=shop", "{\"address\":\"127.0.0.1:1\"}");
    done("PUT", "/v1/services/b/instances/y?namespace=shop", "{\"address\":\"127.0.0.1:2\"}");
    assertThat(done("GET", "/v1/services?namespace=shop", "").get("totalServices").getAsInt())
        .isEqualTo(2);
    refused("GET", "/v1/services/a", "", 404, "SERVICE_UNKNOWN");
  }

  @Test
  void settings_areThereToo() throws Exception {
    done("PUT", "/v1/config/order/max-items", "{\"value\":\"7\"}");
    refused(
        "PUT",
        "/v1/config/order/max-items",
        "{\"value\":\"8\",\"expectedRevision\":\"0\"}",
        409,
        "REVISION_MISMATCH");
    assertThat(done("GET", "/v1/config/order/max-items", "").toString()).contains("\"7\"");
    assertThat(done("GET", "/v1/config?prefix=order/", "").toString()).contains("max-items");
    assertThat(done("GET", "/v1/config/order/max-items:history", "").get("versions")).isNotNull();
    done("DELETE", "/v1/config/order/max-items", "");
    refused("GET", "/v1/config/order/max-items", "", 404, "KEY_UNKNOWN");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET | /v1/nothing | '' | 404 | NO_SUCH_PATH",
        "GET | /nothing | '' | 404 | NO_SUCH_PATH",
        "PATCH | /v1/services | '' | 405 | METHOD_NOT_ALLOWED",
        "GET | /v1/services?pageSize=x | '' | 400 | INVALID_FIELD",
        "GET | /v1/services?nope=1 | '' | 400 | UNKNOWN_PARAMETER",
        "GET | /v1/services?pageSize=1&pageSize=2 | '' | 400 | REPEATED_PARAMETER",
        "GET | /v1/services?pageSize=9999 | '' | 400 | INVALID_FIELD",
        "GET | /v1/services | {} | 400 | UNEXPECTED_BODY",
        "POST | /v1/heartbeat | {\"leaseIds | 400 | INVALID_JSON",
        "POST | /v1/heartbeat | {leaseIds:[]} | 400 | INVALID_JSON",
        "POST | /v1/heartbeat | {} {} | 400 | INVALID_JSON",
        "POST | /v1/heartbeat | [] | 400 | INVALID_JSON",
        "POST | /v1/heartbeat | {\"nope\":1} | 400 | INVALID_JSON",
        "POST | /v1/heartbeat | {\"leaseIds\":7} | 400 | INVALID_JSON",
        "DELETE | /v1/services/a/instances/b?leaseId=x | '' | 400 | SECRET_IN_URL",
        "PUT | /v1/services/HELLO/instances/a | {\"address\":\"h:1\"} | 400 | INVALID_FIELD",
        "GET | /v1/watch?services=HELLO | '' | 400 | INVALID_FIELD",
      })
  void badRequest_isRefusedWithItsReason(
      String verb, String path, String body, int code, String reason) throws Exception {
    refused(verb, path, body, code, reason);
    assertThat(done("GET", "/v1/services", "").has("totalServices")).isFalse();
  }

  @Test
  void bodyTooLarge_isRefused() throws Exception {
    refused("POST", "/v1/heartbeat", "x".repeat((256 << 10) + 1), 413, "BODY_TOO_LARGE");
  }

  @Test
  void otherHost_isRefused() throws Exception {
    // as a page of somebody else's would ask, through a name that points to loopback
    try (Socket socket = new Socket("127.0.0.1", server.httpPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(
          "GET /v1/services HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
              .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 421").contains("WRONG_HOST");
    }
  }

  private BufferedReader stream(String path, String accept, String lastId) throws Exception {
    HttpRequest.Builder request = request(path).header("Accept", accept);
    if (!lastId.isEmpty()) {
      request.header("Last-Event-ID", lastId);
    }
    HttpResponse<InputStream> answer = client.send(request.build(), BodyHandlers.ofInputStream());
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type").orElse(""))
        .startsWith(accept.equals("text/event-stream") ? accept : "application/x-ndjson");
    return new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8));
  }

  @Test
  void watch_isOneObjectALine() throws Exception {
    register();
    try (BufferedReader lines = stream("/v1/watch?services=hello&services=b", "*/*", "")) {
      JsonObject first = JsonParser.parseString(lines.readLine()).getAsJsonObject();
      assertThat(first.get("snapshot").getAsBoolean()).isTrue();
      done("DELETE", "/v1/services/hello/instances/a", "");
      assertThat(lines.readLine()).contains("CAUSE_KIND_DEREGISTERED");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/watch?services=hello",
    "/v1/services/hello",
    "/v1/services",
    "/v1/events",
    "/v1/graph"
  })
  void events_resumeWhereTheyEnded(String path) throws Exception {
    register();
    String id;
    try (BufferedReader lines = stream(path, "text/event-stream", "")) {
      id = lines.readLine();
      assertThat(id).startsWith("id: ");
      assertThat(lines.readLine()).startsWith("data: {").contains("\"snapshot\":true");
      assertThat(lines.readLine()).isEmpty();
    }
    done("POST", "/v1/services/hello/instances/a:drain", "{}");
    try (BufferedReader lines = stream(path, "text/event-stream", id.substring(4))) {
      assertThat(lines.readLine()).startsWith("id: ").isNotEqualTo(id);
      assertThat(lines.readLine())
          .contains("CAUSE_KIND_DRAINED")
          .doesNotContain("\"snapshot\":true");
    }
  }

  @Test
  void partsOfASnapshot_cannotBeResumedFrom() throws Exception {
    for (int i = 0; i < 200; i++) {
      String big = "x".repeat(2_000);
      done(
          "PUT",
          "/v1/services/big/instances/i" + i,
          "{\"address\":\"127.0.0.1:1\",\"metadata\":{\"m\":\"" + big + "\"}}");
    }
    try (BufferedReader lines = stream("/v1/watch?services=big", "text/event-stream", "")) {
      int parts = 0;
      String line = lines.readLine();
      while (!line.startsWith("id: ")) {
        parts += line.startsWith("data: ") ? 1 : 0;
        line = lines.readLine();
      }
      assertThat(parts).isGreaterThan(1);
      assertThat(lines.readLine()).startsWith("data: ").doesNotContain("\"more\":true");
    }
  }

  @ParameterizedTest
  @CsvSource({"a.b.c", "x", "e.99999999999999999999.1", "e.1.99999999999999999999"})
  void otherIds_areNone(String id) throws Exception {
    register();
    try (BufferedReader lines = stream("/v1/watch?services=hello", "text/event-stream", id)) {
      assertThat(lines.readLine()).startsWith("id: ");
      assertThat(lines.readLine()).contains("\"snapshot\":true");
    }
  }

  @Test
  void newerId_winsOverTheQuery() throws Exception {
    register();
    String path = "/v1/watch?services=hello&after_revision=1&epoch=e&nonce=1";
    try (BufferedReader lines = stream(path, "text/event-stream", "other.2.3")) {
      assertThat(lines.readLine()).startsWith("id: ");
    }
  }

  @Test
  void eventsOfSettings_followAPrefix() throws Exception {
    done("PUT", "/v1/config/a/x", "{\"value\":\"1\"}");
    try (BufferedReader lines = stream("/v1/config?prefix=a/", "text/event-stream", "")) {
      assertThat(List.of(lines.readLine(), lines.readLine()).get(1)).contains("\"a/x\"");
      lines.readLine();
      done("PUT", "/v1/config/b/y", "{\"value\":\"1\"}");
      done("PUT", "/v1/config/a/x", "{\"value\":\"2\"}");
      lines.readLine();
      assertThat(lines.readLine()).contains("\"2\"");
    }
  }

  @Test
  void manyWatchers_holdNoThreads() throws Exception {
    register();
    int before = Thread.activeCount();
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Socket socket = new Socket("127.0.0.1", server.httpPort());
      socket
          .getOutputStream()
          .write(
              "GET /v1/watch HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      sockets.add(socket);
    }
    for (Socket socket : sockets) {
      assertThat(socket.getInputStream().read()).isEqualTo('H');
    }
    assertThat(Thread.activeCount()).isLessThan(before + 60);
    for (Socket socket : sockets) {
      socket.close();
    }
    // and the port still answers
    assertThat(done("GET", "/v1/services", "").get("totalServices").getAsInt()).isEqualTo(1);
  }
}
