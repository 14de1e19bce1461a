// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.config.v1.ConfigServiceGrpc;
import dev.rollcall.config.v1.ConfigServiceGrpc.ConfigServiceBlockingStub;
import dev.rollcall.config.v1.GetRequest;
import dev.rollcall.config.v1.PutRequest;
import dev.rollcall.server.store.redis.RedisAddress;
import dev.rollcall.server.store.redis.RedisSettings;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.RunningServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Protocol.Command;

/** The registry answers, but its store does not: the page says so, and since when. */
@InBrowser
final class StaleIT {
  private static final Pattern SINCE =
      Pattern.compile("No word from the registry's store since (\\d\\d:\\d\\d:\\d\\d)\\.");

  @TempDir static Path directory;
  private static RedisServer redis;
  private static RunningServer server;
  private static Browser browser;
  private static Axe axe;
  private static ConfigServiceBlockingStub config;

  @BeforeAll
  static void start() throws IOException {
    redis = RedisServer.start(directory);
    server =
        new RunningServer(
            directory,
            new RedisSettings(RedisAddress.parse(redis.url()), "", 0, 100_000, Duration.ofDays(7)));
    browser = new Browser(server.httpPort());
    axe = new Axe();
    config = ConfigServiceGrpc.newBlockingStub(server.channel());
    new Sample(server.channel()).shop();
  }

  @AfterAll
  static void stop() {
    browser.close();
    server.close();
    redis.close();
  }

  @AfterEach
  void goOn() {
    redis.signal("CONT");
  }

  @Test
  void redisStandsStill_thePageSaysSinceWhen_losesNothingTyped_andGoesOn() throws IOException {
    put("order/max-items", "100");
    browser.open("services/order");
    browser.awaitText("order-2");
    browser.run("window.same = true");
    LocalTime stopped = LocalTime.now();
    redis.signal("STOP");
    browser.awaitText("Nothing can be changed until it is back.");
    assertThat(secondsBetween(stopped, LocalTime.now()))
        .as("seconds until it said so")
        .isLessThan(12);
    assertThat(secondsBetween(stopped.minusSeconds(2), LocalTime.parse(since()))).isLessThan(3);
    assertThat(browser.text()).contains("order-1", "order-2", "What you see is how it was then.");
    pictures("stale");
    browser.go("config/order/max-items");
    browser.click("button", "Edit");
    browser.type("textarea", "written while the store was away");
    browser.click("button", "Save");
    browser.awaitText("Saving …");
    browser.awaitText("What you wrote is still here.");
    pictures("stale-config");
    redis.signal("CONT");
    browser.awaitNoText("No word from the registry");
    assertThat(browser.run("return document.querySelector('textarea').value"))
        .isEqualTo("written while the store was away");
    browser.click("button", "Save");
    browser.awaitNoText("Cancel");
    assertThat(value("order/max-items")).isEqualTo("written while the store was away");
    assertThat(browser.text()).contains("Live").doesNotContain("Stale", "No writes");
    assertThat(browser.run("return window.same")).isEqualTo(true);
  }

  @Test
  void redisIsFull_thePageSaysThatNothingIsTaken_untilThereIsRoom() throws IOException {
    put("order/limit", "1");
    browser.open("config/order/limit");
    redis.ask(Command.CONFIG, "SET", "maxmemory", "1");
    browser.click("button", "Edit");
    browser.type("textarea", "2");
    browser.click("button", "Save");
    browser.awaitText("What you wrote is still here.");
    browser.awaitText("The store takes no changes now.");
    assertThat(browser.text()).contains("No writes").doesNotContain("Stale");
    pictures("no-writes");
    redis.ask(Command.CONFIG, "SET", "maxmemory", "0");
    browser.click("button", "Save");
    browser.awaitNoText("The store takes no changes now.");
    browser.awaitNoText("Cancel");
    assertThat(value("order/limit")).isEqualTo("2");
  }

  /** Of one day's clock, also over midnight. */
  private static long secondsBetween(LocalTime from, LocalTime to) {
    return Math.floorMod(to.toSecondOfDay() - from.toSecondOfDay(), 86_400);
  }

  private static String since() {
    Matcher since = SINCE.matcher(browser.text());
    assertThat(since.find()).as(browser.text()).isTrue();
    return since.group(1);
  }

  private static void pictures(String name) throws IOException {
    for (String theme : List.of("light", "dark")) {
      browser.theme(theme);
      browser.picture("banner-%s-%s".formatted(name, theme));
      assertThat(axe.findings(browser)).as(theme).isEmpty();
    }
  }

  private static void put(String key, String value) {
    config.put(PutRequest.newBuilder().setKey(key).setValue(value).build());
  }

  private static String value(String key) {
    return config.get(GetRequest.newBuilder().setKey(key).build()).getSetting().getValue();
  }
}
