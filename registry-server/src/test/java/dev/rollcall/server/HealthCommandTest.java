// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.http.HttpPort;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The verb against a port that answers as the server's does. */
final class HealthCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(Map<String, String> environment, String... args) {
    return HealthCommand.run(
        args, environment, new PrintWriter(out, true), new PrintWriter(err, true));
  }

  private static HttpPort open(List<String> unready) throws IOException {
    return HttpPort.open(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        List.of(),
        "nobody",
        new HttpPort.Facts("1", store -> unready, () -> ""));
  }

  private static Map<String, String> environment(int port, String host) {
    return Map.of("ROLLCALL_HTTP_PORT", Integer.toString(port), "ROLLCALL_HOST", host);
  }

  @Test
  void health_ofAServerThatIsReady_is0() throws IOException {
    try (HttpPort port = open(List.of())) {
      assertThat(run(environment(port.port(), "0.0.0.0"))).isZero();
      assertThat(run(environment(port.port(), "127.0.0.1"))).isZero();
      assertThat(run(Map.of(), "http://127.0.0.1:" + port.port() + "/livez")).isZero();
      assertThat(out.toString().lines()).containsOnly("ok");
    }
  }

  @Test
  void health_ofAServerThatIsNot_is1AndSaysWhy() throws IOException {
    try (HttpPort port = open(List.of("starting"))) {
      assertThat(run(environment(port.port(), ""))).isEqualTo(1);
      assertThat(err.toString()).contains("answers 503: starting");
    }
  }

  @Test
  void health_ofNobody_is1() throws IOException {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    assertThat(run(environment(port, ""))).isEqualTo(1);
    assertThat(err.toString()).contains("does not answer").hasLineCount(1);
  }

  @Test
  void health_wrongUsage_is2() {
    assertThat(run(Map.of(), "a", "b")).isEqualTo(2);
    assertThat(run(Map.of(), "--quiet")).isEqualTo(2);
    assertThat(run(Map.of(), "file:///etc/passwd")).isEqualTo(2);
    assertThat(run(Map.of("ROLLCALL_HTTP_PORT", "http"))).isEqualTo(2);
    assertThat(err.toString()).hasLineCount(4);
  }

  @Test
  void health_help_namesTheExitCodes() {
    assertThat(run(Map.of(), "--help")).isZero();
    assertThat(out.toString()).contains("URL", "Exit codes");
  }
}
