// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.testing.ServerProcess;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The registry goes away and comes back while somebody looks. */
@InBrowser
final class RestartIT {
  @TempDir Path data;

  @Test
  void registryKilledAndStarted_thePageSaysSo_keepsWhatItHas_andGoesOn() throws Exception {
    ServerProcess first = ServerProcess.start(data);
    try (Browser browser = new Browser(first.httpPort())) {
      register(first, "before");
      browser.open("services");
      browser.awaitText("before");
      browser.run("window.same = true");
      first.kill();
      browser.awaitText("Disconnected");
      assertThat(browser.text()).contains("before").contains("What you see is how it was then.");
      try (ServerProcess second = first.startAgain(data)) {
        browser.awaitNoText("Disconnected");
        register(second, "afterwards");
        browser.awaitText("afterwards");
        assertThat(browser.text()).contains("before").contains("Live");
        assertThat(browser.run("return window.same")).isEqualTo(true);
      }
    } finally {
      first.close();
    }
  }

  private static void register(ServerProcess server, String service) {
    ManagedChannel channel =
        Grpc.newChannelBuilder(
                "127.0.0.1:" + server.grpcPort(), InsecureChannelCredentials.create())
            .build();
    try {
      new Sample(channel).register(service, "i-1");
    } finally {
      channel.shutdownNow();
    }
  }
}
