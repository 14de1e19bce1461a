// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.ServerMemory;
import dev.rollcall.server.testing.ServerProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A thousand followers of server-sent events, nearly all of which never read. */
final class ManyBrowsersIT {
  private static final int BROWSERS = 1_000;
  private static final int CHANGES = 2_000;
  private static final int INSTANCES = 50;
  private static final long MOST_BYTES = 24L << 20;
  private static final String SECRET = "the-secret-of-the-one-writer";

  @TempDir Path data;

  @Test
  void neverReading_costsNoMemory_andDelaysNobody() throws Exception {
    ServerMemory memory = ServerMemory.onAFreePort();
    List<Socket> browsers = new ArrayList<>();
    try (ServerProcess server = ServerProcess.start(memory.javaOptions(), data);
        Client writer = new Client(server.grpcPort());
        Socket reading = follow(server)) {
      change(writer, 0);
      long alone = memory.usedBytes();
      for (int i = 0; i < BROWSERS; i++) {
        browsers.add(follow(server));
      }
      awaitWatchers(writer, BROWSERS + 1);
      long quiet = memory.usedBytes();
      for (int i = 1; i <= CHANGES; i++) {
        change(writer, i);
      }
      awaitLine(reading, "\"" + CHANGES + "-");
      long after = memory.usedBytes();
      System.out.printf(
          "figure: %d followers over HTTP: %.1f KiB each; %.1f MiB more after %d changes of 1 KiB"
              + " that they did not read%n",
          BROWSERS,
          (quiet - alone) / 1024.0 / BROWSERS,
          (after - quiet) / (double) (1 << 20),
          CHANGES);
      assertThat(after - quiet)
          .as("%d bytes before the changes, %d after them", quiet, after)
          .isLessThanOrEqualTo(MOST_BYTES);
      for (Socket browser : browsers) {
        browser.close();
      }
      awaitWatchers(writer, 1);
    } finally {
      for (Socket browser : browsers) {
        browser.close();
      }
    }
  }

  private static Socket follow(ServerProcess server) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.httpPort());
    socket
        .getOutputStream()
        .write(
            "GET /v1/watch HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
                .getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static void change(Client writer, int number) {
    RegisterRequest.Builder request =
        RunningServer.request("s", "i" + number % INSTANCES).setLeaseId(SECRET);
    request.getInstanceBuilder().putMetadata("n", number + "-" + "x".repeat(1_000));
    writer.calls().register(request.build());
  }

  private static void awaitWatchers(Client client, int count) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(
                        client
                            .calls()
                            .getStatus(GetStatusRequest.getDefaultInstance())
                            .getWatchers())
                    .isEqualTo(count));
  }

  private static void awaitLine(Socket reading, String part) throws IOException {
    reading.setSoTimeout(60_000);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(reading.getInputStream(), StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.contains(part)) {
        return;
      }
    }
    throw new AssertionError("the stream ended before " + part);
  }
}
