// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import dev.rollcall.relay.v1.RelayServiceGrpc;
import dev.rollcall.relay.v1.RelayServiceGrpc.RelayServiceBlockingStub;
import dev.rollcall.relay.v1.SendRequest;
import dev.rollcall.relay.v1.SendStreamRequest;
import dev.rollcall.relay.v1.SendStreamResponse;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Receivers that take POST /receive. */
final class RelayOverHttpTest {
  private static final String SECRET = "0123456789abcdefghijkl";

  @TempDir Path data;
  private final BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> hosts = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> hops = new LinkedBlockingQueue<>();
  private RunningServer server;
  private RelayServiceBlockingStub relay;
  private HttpServer http;
  private volatile int status = 200;
  private volatile String answer = "{\"message\":\"fine\",\"more\":1}";

  @BeforeEach
  void start() throws IOException {
    server = new RunningServer(data);
    relay =
        RelayServiceGrpc.newBlockingStub(server.channel()).withDeadlineAfter(20, TimeUnit.SECONDS);
    http = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    http.createContext(
        "/receive",
        exchange -> {
          bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          hosts.add(exchange.getRequestHeaders().getFirst("Host"));
          hops.add(exchange.getRequestHeaders().getFirst("rollcall-hop"));
          byte[] body = answer.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    http.start();
    list("web", "localhost:" + http.getAddress().getPort());
  }

  @AfterEach
  void stop() {
    http.stop(0);
    server.close();
  }

  private void list(String id, String endpoint) {
    var request = RunningServer.request("chat", id).setLeaseId(SECRET);
    request
        .getInstanceBuilder()
        .setAddress("127.0.0.1:9")
        .putEndpoints("http", endpoint)
        .putMetadata("relay", "http");
    var unused = server.stub().register(request.build());
  }

  private String send(String message) {
    return relay
        .send(SendRequest.newBuilder().setSender("me").setTo("chat").setMessage(message).build())
        .getMessage();
  }

  private HttpResponse<String> forward(String accept, String to) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + server.httpPort() + "/v1/forward");
    String body = "{\"from\":\"me\",\"to\":\"%s\",\"message\":\"hi\"}".formatted(to);
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Accept", accept)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void forward_isTheSameBehindHttp() throws Exception {
    HttpResponse<String> answered = forward("application/json", "chat");
    assertThat(answered.statusCode()).isEqualTo(200);
    assertThat(answered.body()).contains("\"message\": \"fine\"");
    assertThat(bodies.take()).contains("\"from\":\"me\"", "\"message\":\"hi\"");
    HttpResponse<String> streamed = forward("text/event-stream", "chat");
    assertThat(streamed.headers().firstValue("content-type").orElse(""))
        .startsWith("text/event-stream");
    assertThat(streamed.body()).isEqualTo("data: {\"message\":\"fine\"}\n\n");
    assertThat(forward("application/json", "nobody").statusCode()).isEqualTo(404);
    assertThat(forward("text/event-stream", "nobody").body()).contains("SERVICE_UNKNOWN");
  }

  private StatusRuntimeException refused() {
    return catchThrowableOfType(StatusRuntimeException.class, () -> send("hello"));
  }

  @Test
  void send_postsTheJson_andTakesTheMessage() throws Exception {
    assertThat(send("hel\"lo")).isEqualTo("fine");
    assertThat(bodies.take()).isEqualTo("{\"from\":\"me\",\"message\":\"hel\\\"lo\"}");
    assertThat(hosts.take()).isEqualTo("localhost:" + http.getAddress().getPort());
    assertThat(hops.take()).isEqualTo("1");
  }

  @Test
  void stream_isOnePart() {
    List<SendStreamResponse> parts = new ArrayList<>();
    relay
        .sendStream(SendStreamRequest.newBuilder().setTo("chat").setMessage("hello").build())
        .forEachRemaining(parts::add);
    assertThat(parts).extracting(SendStreamResponse::getMessage).containsExactly("fine");
  }

  @Test
  void send_errorStatus_isToldInGrpcsWords() {
    status = 404;
    assertThat(refused().getStatus().getCode()).isEqualTo(Code.NOT_FOUND);
    status = 503;
    StatusRuntimeException busy = refused();
    assertThat(busy.getStatus().getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(busy.getStatus().getDescription()).isEqualTo("the receiver answered HTTP 503");
  }

  @Test
  void send_answerThatIsNoMessage_isSaid() {
    answer = "hello";
    assertThat(refused().getStatus().getCode()).isEqualTo(Code.INTERNAL);
  }

  @Test
  void send_redirect_isNotFollowed() {
    status = 302;
    assertThat(refused().getStatus().getDescription()).isEqualTo("the receiver answered HTTP 302");
  }

  @Test
  void send_hangingReceiver_isLeftAtTheDeadline() throws Exception {
    try (ServerSocket socket = new ServerSocket(0)) {
      list("web", "127.0.0.1:" + socket.getLocalPort());
      relay = relay.withDeadlineAfter(300, TimeUnit.MILLISECONDS);
      assertThat(refused().getStatus().getCode()).isEqualTo(Code.DEADLINE_EXCEEDED);
      try (Socket accepted = socket.accept()) {
        accepted.setSoTimeout(5_000);
        InputStream in = accepted.getInputStream();
        // what was sent, and then the end
        assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
            .startsWith("POST /receive");
      }
    }
  }

  @Test
  void send_nobodyListens_isUnreachable() {
    http.stop(0);
    assertThat(refused().getStatus().getDescription())
        .startsWith("chat: 1 instance tried: web at localhost:")
        .endsWith("connection refused");
  }
}
