// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ProgramTest {
  private final ByteArrayOutputStream complaints = new ByteArrayOutputStream();

  private int run(Program.Body body, String... args) {
    var out = new PrintStream(complaints, true, StandardCharsets.UTF_8);
    return Program.run(args, Set.of("http-port"), body, out);
  }

  private String said() {
    return complaints.toString(StandardCharsets.UTF_8);
  }

  @Test
  void run_allIsWell_saysNothing() {
    assertThat(
            run(flags -> assertThat(flags.port("http-port", 0)).isEqualTo(81), "--http-port", "81"))
        .isZero();
    assertThat(said()).isEmpty();
  }

  @Test
  void run_unknownFlag_is2() {
    assertThat(run(flags -> {}, "--htp-port", "81")).isEqualTo(2);
    assertThat(said()).isEqualTo("--htp-port is not known (expected: --http-port)\n");
  }

  @Test
  void run_badValue_is2_namingFlagValueAndExpectation() {
    assertThat(run(flags -> flags.port("http-port", 0), "--http-port", "70000")).isEqualTo(2);
    assertThat(run(flags -> flags.port("http-port", 0), "--http-port", "x")).isEqualTo(2);
    assertThat(said())
        .isEqualTo(
            "--http-port: '70000' (expected: a whole number, 0 to 65535)\n"
                + "--http-port: 'x' (expected: a whole number, 0 to 65535)\n");
  }

  @Test
  void run_busyPort_is1_namingFlagAndPort() throws Exception {
    try (var busy = new ServerSocket(0)) {
      int port = busy.getLocalPort();
      assertThat(run(flags -> Program.listen("http-port", port, () -> JsonServer.on(port))))
          .isEqualTo(1);
      assertThat(said())
          .startsWith("--http-port: port " + port + " cannot be had")
          .containsOnlyOnce("\n");
    }
  }
}
