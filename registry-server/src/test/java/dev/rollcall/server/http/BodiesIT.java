// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.ServerProcess;
import java.io.IOException;
import java.io.OutputStream;
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
import java.util.concurrent.CompletableFuture;
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
    try (Socket socket = new Socket("127.0.0.1", server.httpPort())) {
      String line = "GET /v1/services?namespace=%zz HTTP/1.1\r\nHost: localhost\r\n";
      socket.getOutputStream().write((line + "Connection: close\r\n\r\n").getBytes(US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
          .startsWith("HTTP/1.1 400");
    }
    assertThat(send(request("/dashboard/app.js/").build()).statusCode()).isEqualTo(404);
    assertThat(send(request("/livez").build()).body()).isEqualTo("ok\n");
  }

  private static void chunks(OutputStream out, int megabytes) throws IOException {
    out.write(
        "POST /v1/heartbeat HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            .getBytes(US_ASCII));
    for (int i = 0; i < megabytes; i++) {
      out.write("100000\r\n".getBytes(US_ASCII));
      out.write(new byte[1 << 20]);
      out.write("\r\n".getBytes(US_ASCII));
    }
    out.write("0\r\n\r\n".getBytes(US_ASCII));
  }

  @Test
  void tooLong_readsWhy_andTheConnectionGoesOn() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", server.httpPort())) {
      socket.setSoTimeout(20_000);
      chunks(socket.getOutputStream(), 5);
      socket
          .getOutputStream()
          .write(
              "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                  .getBytes(US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
          .startsWith("HTTP/1.1 413")
          .contains("BODY_TOO_LARGE", "HTTP/1.1 200")
          .endsWith("ok\n");
    }
  }

  @Test
  void withoutEnd_isHungUpOn() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", server.httpPort())) {
      socket.setSoTimeout(20_000);
      assertThatThrownBy(() -> chunks(socket.getOutputStream(), 256))
          .isInstanceOf(IOException.class);
    }
    assertThat(send(request("/livez").build()).body()).isEqualTo("ok\n");
  }

  @Test
  void announcedTooLong_isToldSoBeforeItIsSent() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", server.httpPort())) {
      socket.setSoTimeout(20_000);
      String head = "POST /v1/heartbeat HTTP/1.1\r\nHost: localhost\r\n";
      String length = "Expect: 100-continue\r\nContent-Length: 5000000\r\n\r\n";
      socket.getOutputStream().write((head + length).getBytes(US_ASCII));
      byte[] start = socket.getInputStream().readNBytes(12);
      assertThat(new String(start, US_ASCII)).isEqualTo("HTTP/1.1 413");
    }
  }

  @Test
  void manyLargeBodies_fitIntoASmallHeap(@TempDir Path another) throws Exception {
    String large = "{\"from\":\"a\",\"to\":\"b\",\"message\":\"" + "x".repeat(4_000_000) + "\"}";
    try (ServerProcess small = ServerProcess.start("-Xmx160m", another)) {
      HttpRequest forward =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + small.httpPort() + "/v1/forward"))
              .timeout(Duration.ofSeconds(60))
              .POST(BodyPublishers.ofString(large))
              .build();
      List<CompletableFuture<Integer>> sent = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        sent.add(
            HttpClient.newHttpClient()
                .sendAsync(forward, BodyHandlers.ofString())
                .handle((answer, failure) -> answer == null ? 0 : answer.statusCode()));
      }
      // too large for a message (400), too many at once (503), or too slow beside the others (408)
      assertThat(sent).extracting(CompletableFuture::join).isSubsetOf(400, 503, 408);
      HttpRequest after =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:" + small.httpPort() + "/v1/config/k"))
              .PUT(BodyPublishers.ofString("{\"value\":\"" + "x".repeat(500_000) + "\"}"))
              .build();
      assertThat(send(after).statusCode()).isEqualTo(200);
      assertThat(small.errors()).doesNotContain("OutOfMemoryError");
    }
  }
}
