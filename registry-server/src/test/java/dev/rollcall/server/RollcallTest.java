// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.store.StoreException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.BindException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The command line, without a process and without a server. */
final class RollcallTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<String> events = new ArrayList<>();

  private final class Stub implements Running {
    @Override
    public int grpcPort() {
      return 17070;
    }

    @Override
    public int httpPort() {
      return 17071;
    }

    @Override
    public void close() {
      events.add("closed");
    }
  }

  private Runnable stay(Running server) {
    events.add(out.toString().isEmpty() ? "follows signals" : "said ready before it did");
    return () -> events.add(out.toString().isEmpty() ? "never said ready" : "stayed");
  }

  private int run(Running.Starter starter, String... args) {
    CommandLine program = Rollcall.program(Map.of(), starter, this::stay);
    program.setOut(new PrintWriter(out, true));
    program.setErr(new PrintWriter(err, true));
    return program.execute(args);
  }

  private int run(String... args) {
    return run(
        config -> {
          events.add("started on " + config.host() + ":" + config.grpcPort());
          return new Stub();
        },
        args);
  }

  @Test
  void server_starts_saysReadyStaysAndCloses() {
    assertThat(run("server", "--grpc-port", "0")).isZero();
    assertThat(out)
        .hasToString(
            "rollcall ready grpc=127.0.0.1:17070 http=127.0.0.1:17071 store=embedded"
                + System.lineSeparator());
    assertThat(events)
        .containsExactly("started on 127.0.0.1:0", "follows signals", "stayed", "closed");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void server_onIpv6_saysReadyInBrackets() {
    assertThat(run("server", "--host=::1")).isZero();
    assertThat(out.toString()).startsWith("rollcall ready grpc=[::1]:17070 http=[::1]:17071 ");
  }

  @Test
  void server_switch_needsNoValueButTakesOne() {
    assertThat(run("server", "--insecure", "--host", "0.0.0.0")).isZero();
    assertThat(run("server", "--insecure=false", "--host", "0.0.0.0")).isEqualTo(2);
  }

  @Test
  void server_badValue_isOneLineAndExit2() {
    assertThat(run("server", "--grpc-port", "http")).isEqualTo(2);
    assertThat(err.toString().lines())
        .containsExactly("rollcall: --grpc-port: http (expected: a port from 0 to 65535)");
    assertThat(events).isEmpty();
  }

  @Test
  void server_unknownFlag_namesTheNearest() {
    assertThat(run("server", "--grcp-port=5")).isEqualTo(2);
    assertThat(err.toString().lines())
        .containsExactly("rollcall: unknown --grcp-port; did you mean --grpc-port?");
  }

  @Test
  void server_flagWithoutItsValue_isOneLineAndExit2() {
    assertThat(run("server", "--data-dir")).isEqualTo(2);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).contains("--data-dir");
  }

  @Test
  void server_busyPort_namesTheFlagAndExits1() {
    Running.Starter busy =
        config -> {
          throw StartException.port(
              "--grpc-port",
              config.host(),
              config.grpcPort(),
              new IOException("Failed to bind", new BindException("Address already in use")));
        };
    assertThat(run(busy, "server")).isEqualTo(1);
    assertThat(err.toString().lines())
        .containsExactly(
            "rollcall: --grpc-port: port 7070 on 127.0.0.1 is in use (expected: a free port; 0"
                + " takes any)");
  }

  @Test
  void server_hostOfAnotherMachine_namesTheHost() {
    StartException error =
        StartException.port(
            "--http-port", "10.1.1.1", 80, new BindException("Cannot assign requested address"));
    assertThat(error).hasMessageStartingWith("--host: 10.1.1.1 is no address of this machine");
    assertThat(StartException.port("--http-port", "h", 80, new BindException("Permission denied")))
        .hasMessage("--http-port: port 80 on h cannot be opened: permission denied");
  }

  @Test
  void server_storeRefused_namesTheFlagAndExits1() {
    Running.Starter refused =
        config -> {
          throw new StoreException(config.dataDir() + " is in use by another server");
        };
    assertThat(run(refused, "server", "--data-dir=d")).isEqualTo(1);
    assertThat(err.toString().lines())
        .containsExactly("rollcall: --data-dir: d is in use by another server");
  }

  @Test
  void server_otherFailure_isOneLineAndExits1() {
    Running.Starter broken =
        config -> {
          throw new IOException("no network");
        };
    assertThat(run(broken, "server")).isEqualTo(1);
    assertThat(err.toString().lines()).singleElement().asString().contains("no network");
  }

  @Test
  void rollcall_noVerb_saysWhichThereAre() {
    assertThat(run()).isEqualTo(2);
    assertThat(err.toString()).contains("Missing required subcommand", "server", "version");
  }

  @Test
  void rollcall_unknownVerb_namesTheNearest() {
    assertThat(run("sever")).isEqualTo(2);
    assertThat(err.toString().lines())
        .containsExactly("rollcall: unknown sever; did you mean server?");
  }

  @Test
  void help_server_listsEveryFlagWithItsDefault() {
    assertThat(run("server", "--help")).isZero();
    for (Flag flag : Flag.values()) {
      assertThat(out.toString()).contains(flag.option());
    }
    assertThat(out.toString()).contains("(default: 7070)", "ROLLCALL_GRPC_PORT");
  }

  @Test
  void health_isAVerb() {
    assertThat(run("health", "--help")).isZero();
    assertThat(out.toString()).contains("Usage: rollcall health [URL]");
    assertThat(run("health", "http://127.0.0.1:1", "twice")).isEqualTo(2);
    assertThat(err.toString().lines()).containsExactly("rollcall: health takes one URL at most");
    assertThat(run("--help")).isZero();
    assertThat(out.toString()).contains("health", "may be sent calls");
  }

  @Test
  void version_isPrinted() {
    assertThat(run("version")).isZero();
    assertThat(out.toString()).startsWith("rollcall " + Version.current() + " (Java ");
  }
}
