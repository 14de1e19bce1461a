// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.config.v1.ConfigServiceGrpc;
import dev.rollcall.config.v1.ConfigServiceGrpc.ConfigServiceBlockingStub;
import dev.rollcall.config.v1.GetRequest;
import dev.rollcall.config.v1.PutRequest;
import dev.rollcall.server.testing.BeatingProcess;
import dev.rollcall.server.testing.RunningServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.Keys;

/** The page follows the registry, without a reload. */
@InBrowser
final class DashboardIT {
  @TempDir static Path data;
  private static RunningServer server;
  private static Browser browser;
  private static Sample sample;
  private static ConfigServiceBlockingStub config;

  @BeforeAll
  static void start() throws IOException {
    server = new RunningServer(data);
    browser = new Browser(server.httpPort());
    sample = new Sample(server.channel());
    config = ConfigServiceGrpc.newBlockingStub(server.channel());
  }

  @AfterAll
  static void stop() {
    browser.close();
    server.close();
  }

  @AfterEach
  void nothingWentWrong() {
    // a refused write is told on the page, and by the browser in its own words
    assertThat(browser.complaints()).allMatch(line -> line.contains("409 (Conflict)"));
  }

  @Test
  void registered_appearsWithoutReload_andLeavesWithTheReason() {
    browser.open("services");
    browser.run("window.same = true");
    sample.register("newcomer", "n-1");
    browser.awaitText("newcomer");
    browser.click("a", "newcomer");
    browser.awaitText("Serving");
    sample.deregister("newcomer", "n-1", "moving house");
    browser.awaitText("Nobody is listed as newcomer now.");
    browser.awaitText("moving house");
    browser.click(".line .name", "n-1");
    browser.awaitText("It is gone: deregistered by its owner: moving house.");
    assertThat(browser.run("return window.same")).isEqualTo(true);
  }

  @Test
  void killed_turns_andSaysWhy() throws Exception {
    browser.open("services/killed-k");
    Process service = BeatingProcess.start(server.port(), "k", "checked");
    try {
      browser.awaitText("Serving");
      service.destroyForcibly().waitFor();
      browser.awaitText("Not serving");
      browser.awaitText("0 of 1 instance usable: 1 not serving");
      browser.click("a", "k");
      browser.awaitText("onnection");
      browser.go("");
      browser.awaitText("killed-k");
      browser.awaitText("0 of 1 usable: 1 not serving");
    } finally {
      service.destroyForcibly();
    }
  }

  @Test
  void unmetRequirement_isInThePicture_untilItIsMet() {
    sample.register("shop", "s-1", "cellar");
    browser.open("graph?at=shop");
    browser.awaitText("It needs cellar");
    browser.awaitText("unmet");
    assertThat(browser.run("return document.querySelectorAll('.graph .edge.unmet').length"))
        .isEqualTo(1L);
    sample.register("cellar", "c-1");
    browser.awaitNoText("unmet");
    assertThat(browser.run("return document.querySelectorAll('.graph .edge.unmet').length"))
        .isEqualTo(0L);
  }

  @Test
  void settingChangedElsewhere_isSeen_andOneSavedHereIsThere() {
    put("order/max-items", "100");
    browser.open("config/order/max-items");
    browser.awaitText("100");
    put("order/max-items", "one hundred and twenty");
    browser.awaitText("one hundred and twenty");
    browser.click("button", "Edit");
    browser.type("textarea", "130");
    browser.click("button", "Save");
    browser.awaitNoText("Cancel");
    assertThat(value("order/max-items")).isEqualTo("130");
    browser.go("config");
    browser.awaitText("130");
  }

  @Test
  void settingWrittenByTwo_isNotOverwrittenUnseen() {
    put("order/limit", "mine");
    browser.open("config/order/limit");
    browser.click("button", "Edit");
    put("order/limit", "theirs");
    browser.awaitText("theirs");
    browser.type("textarea", "mine again");
    browser.click("button", "Save");
    browser.awaitText("Somebody else changed it");
    assertThat(value("order/limit")).isEqualTo("theirs");
    browser.click("button", "Save");
    browser.awaitNoText("Somebody else changed it");
    assertThat(value("order/limit")).isEqualTo("mine again");
  }

  @Test
  void keyboardAlone_findsAService_andWhyItsInstanceChanged() {
    sample.register("by-keys", "b-1");
    sample.register("by-keys", "b-2");
    browser.open("");
    browser.press("/");
    browser.press("by-keys");
    browser.awaitText("1 service of");
    assertThat(browser.run("return location.hash")).isEqualTo("#/services?q=by-keys");
    browser.run("document.activeElement.blur()");
    browser.run("document.querySelector('.rows a').focus()");
    browser.press(Keys.ENTER);
    browser.awaitText("2 of 2 instances usable");
    browser.run("document.querySelector('.rows a').focus()");
    browser.press(Keys.ARROW_DOWN);
    browser.press(Keys.ENTER);
    browser.awaitText("What happened to it");
    assertThat(browser.run("return location.hash")).isEqualTo("#/services/by-keys/b-2");
  }

  @Test
  void focus_staysWhereItIs_whenAListIsDrawnAnew() {
    sample.register("looked-at", "l-1");
    browser.open("");
    browser.awaitText("looked-at/");
    browser.run("document.querySelector('.feed a[href$=\"looked-at/l-1\"]').focus()");
    sample.register("newer-one", "n-1");
    browser.awaitText("newer-one/");
    assertThat(browser.run("return document.activeElement.getAttribute('href')"))
        .isEqualTo("#/services/looked-at/l-1");
  }

  @Test
  void firstTab_skipsToTheContent() {
    browser.open("");
    browser.press(Keys.TAB);
    assertThat(browser.run("return document.activeElement.textContent"))
        .isEqualTo("Skip to the content");
    browser.press(Keys.ENTER);
    assertThat(browser.run("return document.activeElement.id")).isEqualTo("main");
  }

  private static void put(String key, String value) {
    config.put(PutRequest.newBuilder().setKey(key).setValue(value).build());
  }

  private static String value(String key) {
    return config.get(GetRequest.newBuilder().setKey(key).build()).getSetting().getValue();
  }
}
