// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.rollcall.server.testing.RunningServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
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

/** Watches over HTTP, as lines and as server-sent events, over real sockets and a real store. */
final class EventStreamIT {
  @TempDir Path data;
  private RunningServer server;
  private JsonClient client;

  @BeforeEach
  void start() throws IOException {
    server = new RunningServer(data);
    client = new JsonClient(server.httpPort());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void watch_isOneObjectALine() throws Exception {
    client.register();
    try (BufferedReader lines = client.stream("/v1/watch?services=hello&services=b", "*/*", "")) {
      JsonObject first = JsonParser.parseString(lines.readLine()).getAsJsonObject();
      assertThat(first.get("snapshot").getAsBoolean()).isTrue();
      client.done("DELETE", "/v1/services/hello/instances/a", "");
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
    client.register();
    String id;
    try (BufferedReader lines = client.stream(path, "text/event-stream", "")) {
      id = lines.readLine();
      assertThat(id).startsWith("id: ");
      assertThat(lines.readLine()).startsWith("data: {").contains("\"snapshot\":true");
      assertThat(lines.readLine()).isEmpty();
    }
    client.done("POST", "/v1/services/hello/instances/a:drain", "{}");
    try (BufferedReader lines = client.stream(path, "text/event-stream", id.substring(4))) {
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
      client.done(
          "PUT",
          "/v1/services/big/instances/i" + i,
          "{\"address\":\"127.0.0.1:1\",\"metadata\":{\"m\":\"" + big + "\"}}");
    }
    try (BufferedReader lines = client.stream("/v1/watch?services=big", "text/event-stream", "")) {
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
    client.register();
    try (BufferedReader lines =
        client.stream("/v1/watch?services=hello", "text/event-stream", id)) {
      assertThat(lines.readLine()).startsWith("id: ");
      assertThat(lines.readLine()).contains("\"snapshot\":true");
    }
  }

  private String firstId(String path) throws Exception {
    try (BufferedReader lines = client.stream(path, "text/event-stream", "")) {
      return lines.readLine();
    }
  }

  @Test
  void newerId_winsOverTheQuery() throws Exception {
    client.register();
    String id = firstId("/v1/watch");
    client.done("POST", "/v1/services/hello/instances/a:drain", "{}");
    String path = "/v1/watch?after_revision=1&epoch=another&nonce=1";
    try (BufferedReader lines = client.stream(path, "text/event-stream", id.substring(4))) {
      assertThat(lines.readLine()).startsWith("id: ");
      assertThat(lines.readLine()).contains("DRAINED").doesNotContain("\"snapshot\":true");
    }
  }

  @Test
  void quietStream_saysSoonThatItWasAccepted() throws Exception {
    client.register();
    String id = firstId("/v1/watch");
    long before = System.nanoTime();
    try (BufferedReader lines = client.stream("/v1/watch", "text/event-stream", id.substring(4))) {
      // the first bookmark is 10 s away
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
      client.done("POST", "/v1/services/hello/instances/a:drain", "{}");
      assertThat(lines.readLine()).startsWith("id: ");
      assertThat(lines.readLine()).contains("DRAINED");
    }
  }

  @Test
  void eventsOfSettings_followAPrefix() throws Exception {
    client.done("PUT", "/v1/config/a/x", "{\"value\":\"1\"}");
    try (BufferedReader lines = client.stream("/v1/config?prefix=a/", "text/event-stream", "")) {
      assertThat(List.of(lines.readLine(), lines.readLine()).get(1)).contains("\"a/x\"");
      lines.readLine();
      client.done("PUT", "/v1/config/b/y", "{\"value\":\"1\"}");
      client.done("PUT", "/v1/config/a/x", "{\"value\":\"2\"}");
      lines.readLine();
      assertThat(lines.readLine()).contains("\"2\"");
    }
  }

  @Test
  void eventsOfASetting_followThisKeyAlone() throws Exception {
    client.done("PUT", "/v1/config/a/xy", "{\"value\":\"0\"}");
    String id;
    try (BufferedReader lines = client.stream("/v1/config/a/x", "text/event-stream", "")) {
      id = lines.readLine();
      // it does not exist yet
      assertThat(lines.readLine()).contains("\"snapshot\":true").doesNotContain("a/xy");
      lines.readLine();
      client.done("PUT", "/v1/config/a/xy", "{\"value\":\"1\"}");
      client.done("PUT", "/v1/config/a/x", "{\"value\":\"2\"}");
      lines.readLine();
      assertThat(lines.readLine()).contains("\"a/x\"", "\"2\"").doesNotContain("a/xy");
    }
    client.done("DELETE", "/v1/config/a/x", "");
    try (BufferedReader lines =
        client.stream("/v1/config/a/x", "text/event-stream", id.substring(4))) {
      lines.readLine();
      assertThat(lines.readLine()).contains("\"removed\":\"a/x\"").doesNotContain("a/xy");
    }
    client.refused("GET", "/v1/config:watch?key=a&prefix=b/", "", 400, "INVALID_FIELD");
    client.refused("GET", "/v1/config:watch?key=a/", "", 400, "INVALID_FIELD");
  }

  @ParameterizedTest
  @CsvSource({"causes=CAUSE_KIND_DRAINED", "service=hello&causes=CAUSE_KIND_DRAINED"})
  void events_areOfTheCausesAskedFor(String query) throws Exception {
    client.register();
    try (BufferedReader lines = client.stream("/v1/events?" + query, "text/event-stream", "")) {
      assertThat(lines.readLine()).startsWith("id: ");
      assertThat(lines.readLine()).contains("\"snapshot\":true").doesNotContain("REGISTERED");
      lines.readLine();
      client.done("PUT", "/v1/services/hello/instances/b", "{\"address\":\"127.0.0.1:2\"}");
      client.done("POST", "/v1/services/hello/instances/a:drain", "{}");
      String line = lines.readLine();
      while (!line.contains("DRAINED")) {
        assertThat(line).doesNotContain("REGISTERED");
        line = lines.readLine();
      }
    }
  }

  @Test
  void servicesAsEvents_comeWithInstances() throws Exception {
    client.register();
    try (BufferedReader lines =
        client.stream("/v1/services?withInstances=true", "text/event-stream", "")) {
      lines.readLine();
      assertThat(lines.readLine()).contains("127.0.0.1:50051");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "/v1/services?pageSize=2, pageSize",
    "/v1/services/hello?epoch=e, epoch",
    "/v1/events?id=a, id",
    "/v1/events?since=2026-01-01T00:00:00Z, since",
    "/v1/services?pagesize=2, 'pagesize: not known in a query here (expected: one of namespace, pageSize'",
  })
  void asEvents_whatOnlyOneAnswerCanHeed_isRefused(String path, String named) throws Exception {
    HttpResponse<String> answer = client.asEvents(path);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains(named);
  }

  @Test
  void manyWatchers_holdNoThreads() throws Exception {
    client.register();
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
    assertThat(client.done("GET", "/v1/services", "").get("totalServices").getAsInt()).isEqualTo(1);
  }
}
