// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.testing.RunningServer;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The registry as JSON, over real sockets and a real store. */
final class GatewayIT {
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
  void instance_livesItsLife() throws Exception {
    client.register();
    assertThat(client.done("GET", "/v1/services/hello", "").toString()).contains("127.0.0.1:50051");
    assertThat(client.done("GET", "/v1/services?withInstances=true", "").toString())
        .contains("\"a\"");
    assertThat(client.done("GET", "/v1/services/hello/instances/a", "").get("leaseRemaining"))
        .isNotNull();
    assertThat(
            client
                .done("POST", "/v1/heartbeat", "{\"leaseIds\":[\"" + JsonClient.SECRET + "\"]}")
                .get("nextIn"))
        .isNotNull();
    client.done("POST", "/v1/services/hello/instances/a:drain", "{\"reason\":\"done\"}");
    assertThat(client.done("GET", "/v1/services/hello?allStatuses=true", "").toString())
        .contains("INSTANCE_STATUS_DRAINING");
    client.done("DELETE", "/v1/services/hello/instances/a", "");
    client.refused("GET", "/v1/services/hello", "", 404, "SERVICE_UNKNOWN");
    String events = client.done("GET", "/v1/events?service=hello", "").toString();
    // who called is the HTTP client, not the server's own inside
    assertThat(events).contains("CAUSE_KIND_DEREGISTERED").contains("127.0.0.1:");
    assertThat(client.done("GET", "/v1/status", "").get("store").getAsString())
        .isEqualTo("embedded");
    assertThat(client.done("GET", "/v1/graph", "").get("epoch")).isNotNull();
  }

  @Test
  void namespaceAndRepeatedParameters_areTaken() throws Exception {
    client.done(
        "PUT", "/v1/services/a/instances/x?namespace=shop", "{\"address\":\"127.0.0.1:1\"}");
    client.done(
        "PUT", "/v1/services/b/instances/y?namespace=shop", "{\"address\":\"127.0.0.1:2\"}");
    assertThat(
            client.done("GET", "/v1/services?namespace=shop", "").get("totalServices").getAsInt())
        .isEqualTo(2);
    client.refused("GET", "/v1/services/a", "", 404, "SERVICE_UNKNOWN");
  }

  @Test
  void settings_areThereToo() throws Exception {
    client.done("PUT", "/v1/config/order/max-items", "{\"value\":\"7\"}");
    client.refused(
        "PUT",
        "/v1/config/order/max-items",
        "{\"value\":\"8\",\"expectedRevision\":\"0\"}",
        409,
        "REVISION_MISMATCH");
    assertThat(client.done("GET", "/v1/config/order/max-items", "").toString()).contains("\"7\"");
    assertThat(client.done("GET", "/v1/config?prefix=order/", "").toString()).contains("max-items");
    assertThat(client.done("GET", "/v1/config/order/max-items:history", "").get("versions"))
        .isNotNull();
    client.done("DELETE", "/v1/config/order/max-items", "");
    client.refused("GET", "/v1/config/order/max-items", "", 404, "KEY_UNKNOWN");
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
        "POST | /v1/heartbeat | {\"nope\":1} | 400 | UNKNOWN_FIELD",
        "POST | /v1/heartbeat | {\"leaseIds\":7} | 400 | INVALID_FIELD",
        "POST | /v1/heartbeat | {\"leaseIds\":[\"a\"],\"lease_ids\":[\"b\"]} | 400 | INVALID_FIELD",
        "FROB | /v1/services | '' | 405 | METHOD_NOT_ALLOWED",
        "FROB | /livez | '' | 405 | METHOD_NOT_ALLOWED",
        "DELETE | /v1/services/a/instances/b?leaseId=x | '' | 400 | SECRET_IN_URL",
        "PUT | /v1/services/HELLO/instances/a | {\"address\":\"h:1\"} | 400 | INVALID_FIELD",
        "GET | /v1/watch?services=HELLO | '' | 400 | INVALID_FIELD",
      })
  void badRequest_isRefusedWithItsReason(
      String verb, String path, String body, int code, String reason) throws Exception {
    client.refused(verb, path, body, code, reason);
    assertThat(client.done("GET", "/v1/services", "").has("totalServices")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"addres\":\"h:1\"} | instance.addres: not known (expected: one of service, id, address, ",
        "{\"address\":7.5} | instance.address: 7.5 (expected: a text)",
        "{\"address\":[\"h:1\"]} | instance.address: [\"h:1\"] (expected: a text)",
        "{\"weight\":\"many\"} | instance.weight: \"many\" (expected: a whole number from 0 to",
        "{\"weight\":[7]} | instance.weight: [7] (expected: a whole number",
        "{\"protected\":\"true\"} | instance.protected: \"true\" (expected: true or false)",
        "{\"leaseTtl\":\"soon\"} | instance.leaseTtl: \"soon\" (expected: seconds such as \"10s\"",
        "{\"leaseTtl\":10} | instance.leaseTtl: 10 (expected: seconds such as \"10s\"",
        "{\"leaseTtl\":\"1s\",\"lease_ttl\":\"2s\"} | instance.lease_ttl: there by its other name",
        "{\"healthCheck\":{\"grpc\":{\"servise\":1}}} | healthCheck.grpc.servise: not known (expected: ",
        "{\"requires\":\"a\"} | instance.requires: \"a\" (expected: an array)",
        "{\"requires\":[\"a\",{}]} | instance.requires[1]: {} (expected: a text)",
        "{\"metadata\":{\"a\":\"b\",\"c\":1}} | instance.metadata.c: 1 (expected: a text)",
        "{\"endpoints\":[{\"nope\":1}]} | instance.endpoints: [{\"nope\":1}] (expected: an object)",
        "{\"status\":\"GREAT\"} | instance.status: \"GREAT\" (expected: one of INSTANCE_STATUS_",
      })
  void badField_isNamedWhereItStands(String body, String expected) throws Exception {
    HttpResponse<String> answer = client.call("PUT", "/v1/services/hello/instances/a", body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
    assertThat(answer.body()).contains("_FIELD").contains(expected.replace("\"", "\\\""));
  }

  @Test
  void head_isTheAnswerWithoutItsBody() throws Exception {
    client.register();
    HttpResponse<String> answer = client.call("HEAD", "/v1/services/hello", "");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("application/json");
    assertThat(answer.body()).isEmpty();
    assertThat(client.call("HEAD", "/v1/services/nobody", "").statusCode()).isEqualTo(404);
    assertThat(client.headAccepting("/v1/services", "text/event-stream")).isEqualTo(200);
    assertThat(client.headAccepting("/v1/config/x", "text/event-stream")).isEqualTo(404);
    // it would have no end
    assertThat(client.call("HEAD", "/v1/watch", "").statusCode()).isEqualTo(405);
  }

  @Test
  void bodyTooLarge_isRefused() throws Exception {
    client.refused("POST", "/v1/heartbeat", "x".repeat((256 << 10) + 1), 413, "BODY_TOO_LARGE");
  }

  @Test
  void otherHost_isRefused() throws Exception {
    // as a page of somebody else's would ask, through a name that points to loopback
    try (Socket socket = new Socket("127.0.0.1", server.httpPort())) {
      var out = socket.getOutputStream();
      out.write(
          "GET /v1/services HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
              .getBytes(StandardCharsets.US_ASCII));
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 421").contains("WRONG_HOST");
    }
  }
}
