// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollcall.server.testing.RunningServer;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies that are slow, broken, or from somebody else's page. */
final class BodiesIT {
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

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.httpPort() + path))
        .timeout(Duration.ofSeconds(20));
  }

  private static HttpResponse<String> send(HttpRequest request)
      throws IOException, InterruptedException {
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
  }

  private Socket halfABody() throws IOException {
    Socket socket = new Socket("127.0.0.1", server.httpPort());
    socket
        .getOutputStream()
        .write(
            "POST /v1/heartbeat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"
                .getBytes(US_ASCII));
    return socket;
  }

  @Test
  void slowBodies_stopNobodyElse_andAreToldSo() throws Exception {
    List<Socket> slow = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      slow.add(halfABody());
    }
    assertThat(send(request("/livez").build()).body()).isEqualTo("ok\n");
    assertThat(
            send(request("/v1/heartbeat")
                    .POST(BodyPublishers.ofString("{\"leaseIds\":[\"x\"]}"))
                    .build())
                .statusCode())
        .isEqualTo(200);
    Socket last = slow.get(99);
    last.setSoTimeout(30_000);
    byte[] answer = last.getInputStream().readAllBytes();
    assertThat(new String(answer, UTF_8)).startsWith("HTTP/1.1 408").contains("BODY_TOO_SLOW");
    for (Socket socket : slow) {
      socket.close();
    }
  }

  @Test
  void notUtf8_isRefused() throws Exception {
    byte[] body = "{\"value\":\"a?b\"}".getBytes(UTF_8);
    body[11] = (byte) 0xff;
    HttpResponse<String> answer =
        send(request("/v1/config/k").PUT(BodyPublishers.ofByteArray(body)).build());
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("UTF-8");
    assertThat(send(request("/v1/config/k").build()).statusCode()).isEqualTo(404);
  }

  @Test
  void pagesOfOtherSites_writeNothing() throws Exception {
    String instance = "{\"id\":\"x\",\"address\":\"127.0.0.1:1\"}";
    for (String[] header :
        List.of(
            new String[] {"Origin", "http://evil.example"},
            new String[] {"Origin", "null"},
            new String[] {"Sec-Fetch-Site", "cross-site"})) {
      HttpResponse<String> answer =
          send(
              request("/v1/services/a/instances")
                  .header(header[0], header[1])
                  .POST(BodyPublishers.ofString(instance))
                  .build());
      assertThat(answer.statusCode()).isEqualTo(403);
      assertThat(answer.body()).contains("CROSS_SITE");
    }
    assertThat(send(request("/v1/services/a").build()).statusCode()).isEqualTo(404);
    HttpResponse<String> own =
        send(
            request("/v1/services/a/instances")
                .header("Origin", "http://127.0.0.1:" + server.httpPort())
                .POST(BodyPublishers.ofString(instance))
                .build());
    assertThat(own.statusCode()).as(own.body()).isEqualTo(200);
  }

  @Test
  void brokenOff_orTooLong_costsTheOthersNothing() throws Exception {
    for (int i = 0; i < 50; i++) {
      halfABody().close();
    }
    String large = "{\"leaseIds\":[\"" + "x".repeat(300 << 10) + "\"]}";
    HttpResponse<String> answer =
        send(request("/v1/heartbeat").POST(BodyPublishers.ofString(large)).build());
    assertThat(answer.statusCode()).isEqualTo(413);
    // of one without end only so much is read, and the next still has room
    HttpRequest endless =
        request("/v1/heartbeat").POST(BodyPublishers.ofByteArray(new byte[64 << 20])).build();
    assertThatThrownBy(() -> assertThat(send(endless).statusCode()).isEqualTo(200))
        .isInstanceOfAny(IOException.class, AssertionError.class);
    try (Socket socket = new Socket("127.0.0.1", server.httpPort())) {
      String line = "GET /v1/services?namespace=%zz HTTP/1.1\r\nHost: localhost\r\n";
      socket.getOutputStream().write((line + "Connection: close\r\n\r\n").getBytes(US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
          .startsWith("HTTP/1.1 400");
    }
    assertThat(send(request("/dashboard/app.js/").build()).statusCode()).isEqualTo(404);
    assertThat(send(request("/livez").build()).body()).isEqualTo("ok\n");
  }
}
