// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.config.v1.ConfigServiceGrpc;
import dev.rollcall.config.v1.PutRequest;
import dev.rollcall.server.testing.RunningServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every view, in light and dark, with 0, 12 and 5,000 instances: pictures under target/screenshots,
 * nobody kept out, nothing beside the page's edge, and no wait while one scrolls.
 */
@InBrowser
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class LooksIT {
  private static final List<String> NAMED =
      List.of("", "services", "graph", "events", "config", "models");

  @TempDir static Path data;
  private static RunningServer server;
  private static Browser browser;
  private static Sample sample;
  private static Looks looks;

  @BeforeAll
  static void start() throws IOException {
    server = new RunningServer(data);
    browser = new Browser(server.httpPort());
    sample = new Sample(server.channel());
    looks = new Looks(browser, new Axe());
  }

  @AfterAll
  static void stop() {
    browser.close();
    server.close();
  }

  @Test
  @Order(1)
  void nobodyListed_everyViewIsFitToUse() throws IOException {
    looks.everyView("0", NAMED);
    browser.open("");
    browser.awaitText("curl -X PUT");
    assertThat(browser.text()).contains("Nobody is listed yet");
  }

  @Test
  @Order(2)
  void twelveInstances_everyViewIsFitToUse() throws IOException {
    sample.shop();
    var config = ConfigServiceGrpc.newBlockingStub(server.channel());
    config.put(PutRequest.newBuilder().setKey("order/max-items").setValue("100").build());
    config.put(PutRequest.newBuilder().setKey("order/max-items").setValue("120").build());
    List<String> views = new ArrayList<>(NAMED);
    views.addAll(List.of("services/order", "services/order/order-1", "config/order/max-items"));
    looks.everyView("12", views);
  }

  @Test
  @Order(3)
  void fiveThousandInstances_everyViewIsFitToUse() throws Exception {
    sample.crowd();
    List<String> views = new ArrayList<>(NAMED);
    views.add("services/big");
    looks.everyView("5000", views);
  }

  @Test
  @Order(4)
  void fiveThousandInstances_scrollWithoutAWait() {
    for (String view : List.of("services/big", "services", "events")) {
      browser.open(view);
      browser.awaitNoText("Asking the registry");
      // a task of ours takes long each time, one that waited for a busy machine does not
      double longest = longestTaskWhileScrolling();
      for (int again = 0; again < 3 && longest >= 100; again++) {
        longest = longestTaskWhileScrolling();
      }
      assertThat(longest).as("the longest task while scrolling %s, in ms", view).isLessThan(100);
      assertThat(browser.run("return document.querySelectorAll('.rows .row').length"))
          .as("rows built of " + view)
          .satisfies(rows -> assertThat(((Number) rows).intValue()).isBetween(10, 60));
    }
  }

  private static double longestTaskWhileScrolling() {
    Object longest =
        browser.runAsync(
            """
            const done = arguments[arguments.length - 1];
            let longest = 0;
            let steps = 0;
            const tasks = new PerformanceObserver((list) => list.getEntries().forEach((task) => {
              longest = Math.max(longest, task.duration);
            }));
            function step() {
              const end = document.documentElement.scrollHeight - innerHeight;
              scrollTo(0, (end * ((steps * 7) % 120)) / 120);
              if (++steps < 120) {
                requestAnimationFrame(step);
              } else {
                setTimeout(() => {
                  tasks.disconnect();
                  done(longest);
                }, 300);
              }
            }
            // what it takes to open is not what it takes to scroll
            setTimeout(() => {
              tasks.observe({ type: "longtask" });
              step();
            }, 1000);
            """);
    return ((Number) Objects.requireNonNull(longest)).doubleValue();
  }
}
