// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class HttpPortTest {
  private final AtomicReference<List<String>> unready = new AtomicReference<>(List.of());
  private final AtomicReference<List<String>> notes = new AtomicReference<>(List.of());
  private final HttpClient client = HttpClient.newHttpClient();
  private HttpPort port;

  @BeforeEach
  void open() throws IOException {
    HttpPort.Facts facts = new HttpPort.Facts("1.2.3", readiness(), () -> "up 1\n");
    port = HttpPort.open(new InetSocketAddress("127.0.0.1", 0), List.of(), "nobody", facts);
  }

  private Readiness readiness() {
    return new Readiness() {
      @Override
      public List<String> reasons(boolean store) {
        return store ? unready.get() : List.of();
      }

      @Override
      public List<String> notes() {
        return notes.get();
      }
    };
  }

  @AfterEach
  void close() {
    port.close();
  }

  private HttpResponse<String> call(String method, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port.port() + path);
    HttpRequest request =
        HttpRequest.newBuilder(uri).method(method, BodyPublishers.noBody()).build();
    return client.send(request, BodyHandlers.ofString());
  }

  @Test
  void livez_always_isOk() throws Exception {
    unready.set(List.of("the store is away"));
    HttpResponse<String> answer = call("GET", "/livez");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("ok\n");
    assertThat(answer.headers().firstValue("content-type")).contains("text/plain;charset=utf-8");
  }

  @Test
  void readyz_ready_isOk() throws Exception {
    HttpResponse<String> answer = call("GET", "/readyz");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("ok\n");
    assertThat(call("HEAD", "/readyz").statusCode()).isEqualTo(200);
  }

  @Test
  void readyz_unready_saysWhyLineByLine() throws Exception {
    unready.set(List.of("the store is away", "stopping"));
    HttpResponse<String> answer = call("GET", "/readyz");
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).isEqualTo("the store is away\nstopping\n");
  }

  @Test
  void readyz_withoutTheStore_isOkWhileItIsAway() throws Exception {
    unready.set(List.of("the store is away"));
    assertThat(call("GET", "/readyz?exclude=store").body()).isEqualTo("ok\n");
    assertThat(call("GET", "/readyz?exclude=other").statusCode()).isEqualTo(503);
  }

  @Test
  void readyz_readyButSomebodyShouldLook_isOkAndSaysWhereTo() throws Exception {
    notes.set(List.of("namespace shop cannot be read"));
    HttpResponse<String> answer = call("GET", "/readyz");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("ok\nnamespace shop cannot be read\n");
  }

  @Test
  void otherPath_isNotFound() throws Exception {
    assertThat(call("GET", "/x").statusCode()).isEqualTo(404);
    assertThat(call("GET", "/livez/x").statusCode()).isEqualTo(404);
    assertThat(call("POST", "/x").statusCode()).isEqualTo(404);
  }

  @Test
  void otherMethod_isNotAllowed() throws Exception {
    HttpResponse<String> answer = call("POST", "/livez");
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("allow")).contains("GET, HEAD");
  }

  @Test
  void open_takenPort_throws() {
    InetSocketAddress taken = new InetSocketAddress("127.0.0.1", port.port());
    HttpPort.Facts facts = new HttpPort.Facts("1", readiness(), () -> "");
    assertThatExceptionOfType(BindException.class)
        .isThrownBy(() -> HttpPort.open(taken, List.of(), "nobody", facts));
  }

  @Test
  void close_answersNoMore() {
    port.close();
    port.close();
    assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> call("GET", "/livez"));
  }
}
