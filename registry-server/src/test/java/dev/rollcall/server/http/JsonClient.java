// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Calls a server's HTTP port as a program would. */
final class JsonClient {
  static final String SECRET = "the-secret-of-an-http-client";

  private final HttpClient client = HttpClient.newHttpClient();
  private final int port;

  JsonClient(int port) {
    this.port = port;
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
        .timeout(Duration.ofSeconds(20));
  }

  HttpResponse<String> call(String verb, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        request(path)
            .header("Rollcall-Lease", SECRET)
            .method(verb, BodyPublishers.ofString(body))
            .build();
    return client.send(request, BodyHandlers.ofString());
  }

  JsonObject done(String verb, String path, String body) throws Exception {
    HttpResponse<String> answer = call(verb, path, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }

  void refused(String verb, String path, String body, int code, String reason) throws Exception {
    HttpResponse<String> answer = call(verb, path, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(code);
    JsonObject error =
        JsonParser.parseString(answer.body()).getAsJsonObject().getAsJsonObject("error");
    assertThat(error.get("reason").getAsString()).isEqualTo(reason);
    assertThat(error.get("code").getAsInt()).isEqualTo(code);
    assertThat(error.get("message").getAsString()).isNotBlank();
    assertThat(error.get("status").getAsString()).isNotBlank();
  }

  void register() throws Exception {
    JsonObject answer =
        done(
            "PUT",
            "/v1/services/hello/instances/a",
            "{\"address\":\"127.0.0.1:50051\",\"leaseTtl\":\"60s\"}");
    assertThat(answer.get("leaseId").getAsString()).isEqualTo(SECRET);
  }

  /** The status of what would be answered. */
  int headAccepting(String path, String type) throws IOException, InterruptedException {
    HttpRequest head =
        request(path).method("HEAD", BodyPublishers.noBody()).header("Accept", type).build();
    return client.send(head, BodyHandlers.discarding()).statusCode();
  }

  /** What a client is told that accepts events. */
  HttpResponse<String> asEvents(String path) throws IOException, InterruptedException {
    return client.send(
        request(path).header("Accept", "text/event-stream").build(), BodyHandlers.ofString());
  }

  BufferedReader stream(String path, String accept, String lastId) throws Exception {
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
}
