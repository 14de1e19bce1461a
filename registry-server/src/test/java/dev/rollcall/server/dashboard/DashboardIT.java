// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.testing.RunningServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page follows the registry, without a reload. */
@InBrowser
final class DashboardIT {
  @TempDir static Path data;
  private static RunningServer server;
  private static Browser browser;
  private static Sample sample;

  @BeforeAll
  static void start() throws IOException {
    server = new RunningServer(data);
    browser = new Browser(server.httpPort());
    sample = new Sample(server.stub().withDeadline(null));
  }

  @AfterAll
  static void stop() {
    browser.close();
    server.close();
  }

  @Test
  void registered_appearsWithoutReload_andLeavesWithTheReason() {
    browser.open("services");
    browser.run("window.same = true");
    sample.register("newcomer", "n-1");
    browser.awaitText("newcomer");
    browser.click("a", "newcomer");
    browser.awaitText("n-1");
    browser.awaitText("Serving");
    sample.deregister("newcomer", "n-1", "moving house");
    browser.awaitText("Nobody is listed as newcomer now.");
    browser.awaitText("moving house");
    browser.click("a .name", "n-1");
    browser.awaitText("It is gone: deregistered by its owner: moving house.");
    assertThat(browser.run("return window.same")).isEqualTo(true);
    assertThat(browser.complaints()).isEmpty();
  }
}
