// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.registry.v1.DrainRequest;
import dev.rollcall.registry.v1.HealthCheck;
import dev.rollcall.registry.v1.HttpCheck;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.WebTargets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How it looks when not all is well: every status, instances held, and names as long as may be. */
@InBrowser
final class TroubleIT {
  private static final int FLEET = 8;
  private static final String LONG =
      "checkout-with-a-service-name-that-is-as-long-as-names-may-ever";

  @TempDir Path data;

  @Test
  void everyStatus_isFitToUse_andNothingIsCut() throws Exception {
    try (RunningServer server = new RunningServer(data);
        Browser browser = new Browser(server.httpPort())) {
      fill(server, browser);
      browser.open("services/fleet");
      browser.awaitText("held");
      assertThat(cut(browser, ".badge")).as("statuses that are cut").isEmpty();
      String own = "services/" + LONG;
      new Looks(browser, new Axe())
          .everyView(
              "trouble",
              List.of(
                  "", "services", "services/fleet", "services/fleet/f-0", own, "graph", "events"));
      browser.size(1280, 860);
      browser.open("");
      browser.awaitText("of them held");
      browser.awaitText(LONG);
      assertThat(browser.run("return document.querySelector('.line .note').clientWidth"))
          .as("what stands beside a long name, in px")
          .satisfies(width -> assertThat(((Number) width).intValue()).isGreaterThan(200));
    }
  }

  /** The texts of those elements whose cell is too narrow for them. */
  private static List<?> cut(Browser browser, String selector) {
    Object texts =
        browser.run(
            "return [...document.querySelectorAll('.cell ' + arguments[0])].filter((e) =>"
                + " e.getBoundingClientRect().right >"
                + " e.closest('.cell').getBoundingClientRect().right + 1)"
                + ".map((e) => e.textContent);",
            selector);
    return (List<?>) Objects.requireNonNull(texts);
  }

  private static void fill(RunningServer server, Browser browser) throws Exception {
    Sample sample = new Sample(server.channel());
    sample.shop();
    sample.register(LONG, LONG + "-7f6d5c4b3a-x2k9p-50051", "order", "not-there-" + "x".repeat(50));
    RegistryServiceGrpc.newBlockingStub(server.channel())
        .drain(
            DrainRequest.newBuilder()
                .setService("order")
                .setId("order-2")
                .setReason("maintenance of the rack in the cellar")
                .build());
    try (WebTargets web = new WebTargets(1)) {
      for (int i = 0; i < FLEET; i++) {
        sample.register(
            Sample.instance("fleet", "f-" + i)
                .setAddress("127.0.0.1:" + web.ports().get(0))
                .setHealthCheck(everySecond()));
      }
      browser.open("services/fleet");
      browser.awaitText(FLEET + " of " + FLEET + " instances usable");
    }
    // never answered: it goes on starting
    sample.register(
        Sample.instance("account", "account-2")
            .setAddress("127.0.0.1:1")
            .setHealthCheck(everySecond()));
  }

  private static HealthCheck.Builder everySecond() {
    HealthCheck.Builder check = HealthCheck.newBuilder().setHttp(HttpCheck.newBuilder());
    check.getIntervalBuilder().setSeconds(1);
    return check;
  }
}
