// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The program as users start it, in a process of its own that a test may stop, continue and kill.
 * Listens on free ports of loopback; whatever happens, {@link #close} leaves no process behind.
 */
public final class ServerProcess implements AutoCloseable {
  private static final Path PROGRAM = Path.of("target", "rollcall", "bin", "rollcall");
  private static final String JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -Xmx256m";
  private static final Pattern READY =
      Pattern.compile("rollcall ready grpc=127\\.0\\.0\\.1:(\\d+) http=127\\.0\\.0\\.1:(\\d+).*");

  private final Process process;
  private final Path errors;
  private int grpcPort;
  private int httpPort;

  private ServerProcess(Process process, Path errors) {
    this.process = process;
    this.errors = errors;
  }

  /** Starts a server over a data directory and waits until it is ready. */
  public static ServerProcess start(Path data, String... flags) throws IOException {
    return start(JAVA_OPTIONS, data, flags);
  }

  /** The same with options of the JVM. */
  public static ServerProcess start(String javaOptions, Path data, String... flags)
      throws IOException {
    return start(javaOptions, data, new int[2], flags);
  }

  /** Starts a server again where this one, which has ended, was reached. */
  public ServerProcess startAgain(Path data, String... flags) throws IOException {
    return start(JAVA_OPTIONS, data, new int[] {grpcPort, httpPort}, flags);
  }

  private static ServerProcess start(String javaOptions, Path data, int[] ports, String... flags)
      throws IOException {
    Path errors = Files.createTempFile("rollcall-server", ".log");
    errors.toFile().deleteOnExit();
    List<String> command = new ArrayList<>();
    command.add(PROGRAM.toAbsolutePath().toString());
    command.addAll(List.of("server", "--grpc-port=" + ports[0], "--http-port=" + ports[1]));
    command.add("--data-dir=" + data);
    command.addAll(List.of(flags));
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("ROLLCALL_"));
    builder.environment().put("JAVA_OPTS", javaOptions);
    ServerProcess server = new ServerProcess(builder.start(), errors);
    server.awaitReady();
    return server;
  }

  private void awaitReady() throws IOException {
    // not closed: that would close the pipe that the server prints to
    BufferedReader out = process.inputReader();
    Matcher ready = READY.matcher(String.valueOf(out.readLine()));
    if (!ready.matches()) {
      close();
      throw new IOException("the server did not get ready: " + errors());
    }
    grpcPort = Integer.parseInt(ready.group(1));
    httpPort = Integer.parseInt(ready.group(2));
  }

  /** Its gRPC port. */
  public int grpcPort() {
    return grpcPort;
  }

  /** Its HTTP port. */
  public int httpPort() {
    return httpPort;
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** What it wrote to standard error so far. */
  public String errors() {
    try {
      return Files.readString(errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends it a signal by name: STOP, CONT, TERM, KILL. */
  public void signal(String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  /** kill -9, and waits until it is gone. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** SIGTERM; answers the exit code. */
  public int terminate() throws IOException, InterruptedException {
    signal("TERM");
    return awaitEnd();
  }

  /** Waits until it has ended; answers the exit code. */
  public int awaitEnd() throws IOException, InterruptedException {
    if (!process.waitFor(15, TimeUnit.SECONDS)) {
      throw new IOException("it does not end: " + errors());
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    try {
      kill();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
