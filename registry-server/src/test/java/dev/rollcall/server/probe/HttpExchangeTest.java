// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HttpExchangeTest {
  private static String read(String text) {
    byte[] bytes =
        text.replace("\\r", "\r").replace("\\n", "\n").getBytes(StandardCharsets.ISO_8859_1);
    Finding finding = HttpExchange.read(bytes, bytes.length);
    return finding == null ? "more" : finding.kind() + " " + finding.detail();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | more",
        "HT | more",
        "HTTP/1.1 200 OK | more",
        "HTTP/1.1 200 OK\\r\\n | PASSED HTTP 200",
        "HTTP/1.0 204\\n | PASSED HTTP 204",
        "HTTP/1.1 301 Moved\\r\\n | FAILED HTTP 301: redirects are not followed",
        "HTTP/1.1 404 Not Found\\r\\n | FAILED HTTP 404",
        "HTTP/1.1 503 \\r\\nx | FAILED HTTP 503",
        "HTTP/1.1 103 Hints\\r\\nLink: a\\r\\n | more",
        "HTTP/1.1 103 Hints\\r\\nLink: a\\r\\n\\r\\n | more",
        "HTTP/1.1 100 Go\\r\\n\\r\\nHTTP/1.1 200 OK\\r\\n | PASSED HTTP 200",
        "HTTP/1.1 100 Go\\r\\n\\r\\nnonsense | FAILED not HTTP",
        "HTTP/1.1 600 Odd\\r\\n | FAILED not HTTP",
        "HTTP/1.1 2000\\r\\n | FAILED not HTTP",
        "HTTP/2 200\\r\\n | FAILED not HTTP",
        "SSH-2.0-OpenSSH | FAILED not HTTP",
        "-ERR unknown command | FAILED not HTTP",
        "<html>200 OK</html> | FAILED not HTTP",
      })
  void read_bytes(String text, String expected) {
    assertThat(read(text)).isEqualTo(expected);
  }

  @Test
  void read_tooMuchWithoutAnAnswer_isNotHttp() {
    assertThat(read("HTTP/1.1 200 " + "x".repeat(HttpExchange.MOST_BYTES - 13)))
        .isEqualTo("FAILED not HTTP");
    String interim = "HTTP/1.1 100 Go\r\n\r\n";
    String flood = interim.repeat(HttpExchange.MOST_BYTES / interim.length() + 1);
    assertThat(read(flood.substring(0, HttpExchange.MOST_BYTES))).isEqualTo("FAILED not HTTP");
  }

  @Test
  void request_namesTheHostAndAsksForTheConnectionsEnd() throws UnknownHostException {
    Target target =
        new Target(new InetSocketAddress(InetAddress.getByName("10.0.0.1"), 80), "shop.local");
    assertThat(new HttpExchange(target, "/health?full").request())
        .asString(StandardCharsets.US_ASCII)
        .isEqualTo(
            "GET /health?full HTTP/1.1\r\nHost: shop.local:80\r\nUser-Agent: rollcall-probe\r\n"
                + "Accept: */*\r\nConnection: close\r\n\r\n");
  }
}
