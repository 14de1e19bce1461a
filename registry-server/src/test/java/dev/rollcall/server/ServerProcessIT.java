// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The built folder as a person starts it: a process, its two streams, and its exit code. */
final class ServerProcessIT {
  private static final Path PROGRAM = Path.of("target", "rollcall", "bin", "rollcall");
  private static final Pattern READY =
      Pattern.compile(
          "rollcall ready grpc=127\\.0\\.0\\.1:(\\d+) http=127\\.0\\.0\\.1:(\\d+) store=embedded");

  @TempDir Path directory;

  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void endAll() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
  }

  private Process start(String... args) throws IOException {
    List<String> command = new ArrayList<>(List.of(PROGRAM.toAbsolutePath().toString()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("ROLLCALL_"));
    return start(builder);
  }

  private Process start(ProcessBuilder builder) throws IOException {
    Process process =
        builder
            .directory(directory.toFile())
            .redirectError(directory.resolve("err").toFile())
            .start();
    started.add(process);
    return process;
  }

  /** The HTTP port of the readiness line, which must be the first on standard output. */
  private int ready(BufferedReader out) throws IOException {
    Matcher line = READY.matcher(String.valueOf(out.readLine()));
    assertThat(line.matches()).as("ready; standard error: %s", err()).isTrue();
    return Integer.parseInt(line.group(2));
  }

  private String err() throws IOException {
    return Files.readString(directory.resolve("err"));
  }

  private static int exit(Process process) throws InterruptedException {
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ends").isTrue();
    return process.exitValue();
  }

  @Test
  void server_untilTerminated_isReadyAndEndsWith0() throws Exception {
    Process server = start("server", "--grpc-port=0", "--http-port=0");
    try (BufferedReader out = server.inputReader()) {
      URI uri = URI.create("http://127.0.0.1:" + ready(out) + "/readyz");
      assertThat(
              HttpClient.newHttpClient()
                  .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                  .body())
          .isEqualTo("ok\n");
      server.toHandle().destroy();
      assertThat(exit(server)).isZero();
      assertThat(out.readLine()).isNull();
    }
    assertThat(directory.resolve("rollcall-data/rollcall.db")).exists();
    assertThat(directory.resolve("rollcall-data/native")).isDirectoryContaining("glob:**/sqlite-*");
  }

  @Test
  void health_ofAServer_is0WhileItRuns() throws Exception {
    Process server = start("server", "--grpc-port=0", "--http-port=0");
    try (BufferedReader out = server.inputReader()) {
      String url = "http://127.0.0.1:" + ready(out) + "/readyz";
      assertThat(exit(start("health", url))).isZero();
      server.toHandle().destroy();
      assertThat(exit(server)).isZero();
      assertThat(exit(start("health", url))).isEqualTo(1);
      assertThat(err()).contains("does not answer").hasLineCount(1);
    }
  }

  @Test
  void server_directoryInUse_endsWith1() throws Exception {
    Process first = start("server", "--grpc-port=0", "--http-port=0");
    try (BufferedReader out = first.inputReader()) {
      int port = ready(out);
      assertThat(exit(start("server", "--grpc-port=0", "--http-port=0"))).isEqualTo(1);
      assertThat(err())
          .startsWith("rollcall: --data-dir: ./rollcall-data is in use by another server")
          .hasLineCount(1);
      assertThat(exit(start("server", "--data-dir=d", "--grpc-port=0", "--http-port=" + port)))
          .isEqualTo(1);
      assertThat(err())
          .startsWith("rollcall: --http-port: port " + port + " on 127.0.0.1 is in use")
          .hasLineCount(1);
    }
  }

  @Test
  void server_throughASymbolicLink_logsJson() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("link"), PROGRAM.toAbsolutePath());
    ProcessBuilder builder =
        new ProcessBuilder(link.toString(), "server", "--grpc-port=0", "--http-port=0");
    builder.environment().put("JAVA_OPTS", "-Xmx64m -XX:+UseSerialGC");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("ROLLCALL_LOG_FORMAT", "json");
    builder.environment().put("ROLLCALL_OTHER", "1");
    Process server = start(builder);
    try (BufferedReader out = server.inputReader()) {
      ready(out);
    }
    server.toHandle().destroy();
    assertThat(exit(server)).isZero();
    Files.delete(link);
    assertThat(err().lines())
        .allMatch(line -> line.startsWith("{") && line.endsWith("}"))
        .anyMatch(line -> line.contains("ROLLCALL_OTHER is not known"));
  }
}
