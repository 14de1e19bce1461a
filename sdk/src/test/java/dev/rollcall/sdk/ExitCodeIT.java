// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a process that waits for its end ends with, in a JVM of its own. */
final class ExitCodeIT {
  /** Waits for its end; with an argument, asks for it with that code. */
  static final class Waiting {
    private Waiting() {}

    public static void main(String[] args) {
      Thread waiting = Thread.currentThread();
      var asking =
          new Thread(
              () -> {
                while (waiting.getState() != Thread.State.WAITING) {
                  Thread.onSpinWait();
                }
                System.out.println("waiting");
                if (args.length > 0) {
                  System.exit(Integer.parseInt(args[0]));
                }
              });
      asking.setDaemon(true);
      try (Rollcall rollcall = Rollcall.builder().registry("127.0.0.1:1").connect()) {
        asking.start();
        rollcall.awaitShutdown();
      }
    }
  }

  private static Process start(List<String> args) throws IOException {
    String java = ProcessHandle.current().info().command().orElse("java");
    var command = new ArrayList<>(List.of(java, "-Xshare:auto", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Waiting.class.getName()));
    command.addAll(args);
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static int code(Process process) throws InterruptedException {
    try {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void systemExit_keepsItsCode() throws Exception {
    assertThat(code(start(List.of("3")))).isEqualTo(3);
  }

  @Test
  void sigterm_isZero() throws Exception {
    Process process = start(List.of());
    var out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = out.readLine();
    while (line != null && !line.equals("waiting")) {
      line = out.readLine();
    }
    assertThat(line).isEqualTo("waiting");
    process.destroy();
    assertThat(code(process)).isZero();
  }
}
