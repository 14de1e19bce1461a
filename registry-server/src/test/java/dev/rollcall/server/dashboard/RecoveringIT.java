// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** The registry and its store are lost together, and the store comes back with nothing. */
@InBrowser
@Execution(ExecutionMode.CONCURRENT)
final class RecoveringIT {
  /** As long as the registry lets those come back who were there. */
  private static final Duration RECOVERY = Duration.ofSeconds(30);

  private static final Duration SOON = Duration.ofSeconds(15);

  @TempDir Path directory;

  @Test
  void startedOverAnEmptiedRedis_thePageTakesNothingAwayMeanwhile_andIsTrueAfterwards()
      throws Exception {
    RedisServer redis = RedisServer.start(directory);
    String[] flags = {"--redis-url=" + redis.url()};
    ServerProcess first = ServerProcess.start(directory.resolve("unused"), flags);
    try (Browser browser = new Browser(first.httpPort())) {
      register(first, "comes-back");
      register(first, "stays-away");
      browser.open("services");
      browser.awaitText("stays-away");
      browser.run("window.same = true");
      first.kill();
      redis.kill();
      redis.start();
      try (ServerProcess second = first.startAgain(directory.resolve("unused"), flags)) {
        browser.awaitText("Recovering");
        register(second, "comes-back");
        pictures(browser);
        assertThat(browser.text()).contains("Recovering", "comes-back", "stays-away");
        browser.awaitNoText("Recovering", RECOVERY.plus(SOON));
        browser.awaitNoText("stays-away");
        assertThat(browser.text()).contains("comes-back", "Live");
        assertThat(browser.run("return window.same")).isEqualTo(true);
      }
    } finally {
      first.close();
      redis.close();
    }
  }

  private static void pictures(Browser browser) throws IOException {
    Axe axe = new Axe();
    for (String theme : List.of("light", "dark")) {
      browser.theme(theme);
      browser.picture("banner-recovering-" + theme);
      assertThat(axe.findings(browser)).as(theme).isEmpty();
    }
  }

  private static void register(ServerProcess server, String service) {
    try (Client client = new Client(server.grpcPort())) {
      new Sample(client.channel()).register(service, "i-1");
    }
  }
}
