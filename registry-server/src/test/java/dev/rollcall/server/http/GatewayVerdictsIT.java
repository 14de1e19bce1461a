// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.JsonFormat;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What gRPC refuses HTTP refuses too, with the same reason, the same words and the same fields. */
final class GatewayVerdictsIT {
  @TempDir static Path data;
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static RunningServer server;

  @BeforeAll
  static void start() throws IOException {
    server = new RunningServer(data);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.rollcall.server.testing.BadInstances#all")
  void register_isRefusedAlike(String name, String mentions, Consumer<Instance.Builder> spoil)
      throws Exception {
    Instance.Builder instance =
        Instance.newBuilder().setService("a").setId("x").setAddress("127.0.0.1:1");
    spoil.accept(instance);
    JsonObject overHttp = refused(instance.build());
    if (instance.getService().isEmpty() || instance.getService().matches("(?s).*[/\\x00].*")) {
      // no path can say that
      assertThat(overHttp.get("code").getAsInt()).isIn(400, 404);
      return;
    }
    if (!Durations.isValid(instance.getLeaseTtl())) {
      assertThat(overHttp.get("reason").getAsString()).isEqualTo("INVALID_FIELD");
      assertThat(overHttp.get("message").getAsString()).contains("seconds such as");
      return;
    }
    RegisterRequest request = RegisterRequest.newBuilder().setInstance(instance).build();
    StatusRuntimeException overGrpc =
        catchThrowableOfType(StatusRuntimeException.class, () -> server.stub().register(request));
    assertThat(overHttp)
        .isEqualTo(
            JsonParser.parseString(JsonError.of(overGrpc).json())
                .getAsJsonObject()
                .getAsJsonObject("error"));
    assertThat(overHttp.toString()).contains("INVALID_FIELD", "details");
  }

  @Test
  void pathsArePercentDecoded() throws Exception {
    assertThat(put("/v1/config/%61/b%2Ec", "{\"value\":\"1\"}").body()).contains("\"a/b.c\"");
    assertThat(put("/v1/config/a+b", "{}").body())
        .contains("a+b\\\" (expected")
        .contains("INVALID_");
  }

  @Test
  void whatIsNoHttp_isToldSoInJsonToo() throws Exception {
    for (String line : List.of("GET /v1/%zz HTTP/1.1", "GET /%00 HTTP/1.1", "GARBAGE")) {
      try (Socket socket = new Socket("127.0.0.1", server.httpPort())) {
        socket.setSoTimeout(10_000);
        socket.getOutputStream().write((line + "\r\nHost: localhost\r\n\r\n").getBytes(UTF_8));
        String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
        // whoever keeps connections must not send the next request there
        assertThat(answer)
            .as(line)
            .startsWith("HTTP/1.1 400")
            .contains("\"BAD_REQUEST\"", "Connection: close");
      }
    }
  }

  private static HttpResponse<String> put(String path, String body)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + server.httpPort() + path);
    return CLIENT.send(
        HttpRequest.newBuilder(uri).PUT(BodyPublishers.ofString(body)).build(),
        BodyHandlers.ofString());
  }

  private static JsonObject refused(Instance instance) throws IOException, InterruptedException {
    String service = URLEncoder.encode(instance.getService(), UTF_8);
    URI uri =
        URI.create(
            "http://127.0.0.1:%d/v1/services/%s/instances".formatted(server.httpPort(), service));
    HttpRequest request =
        HttpRequest.newBuilder(uri).POST(BodyPublishers.ofString(json(instance))).build();
    HttpResponse<String> answer = CLIENT.send(request, BodyHandlers.ofString());
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    JsonObject error =
        JsonParser.parseString(answer.body()).getAsJsonObject().getAsJsonObject("error");
    assertThat(error.get("code").getAsInt()).isEqualTo(answer.statusCode());
    return error;
  }

  private static String json(Instance instance) throws InvalidProtocolBufferException {
    if (Durations.isValid(instance.getLeaseTtl())) {
      return JsonFormat.printer().print(instance);
    }
    // JSON has no way to say so: by hand
    String rest = JsonFormat.printer().print(instance.toBuilder().clearLeaseTtl());
    JsonObject json = JsonParser.parseString(rest).getAsJsonObject();
    json.addProperty("leaseTtl", instance.getLeaseTtl().getSeconds() + "s");
    return json.toString();
  }
}
