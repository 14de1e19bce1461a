// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.config.v1.ConfigServiceGrpc;
import dev.rollcall.config.v1.PutRequest;
import dev.rollcall.registry.v1.DrainRequest;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.server.testing.RunningServer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Text that would like to be a script, wherever text may stand. */
@InBrowser
final class HostileTextIT {
  private static final List<String> PAYLOADS =
      List.of(
          "<img src=x onerror=window.hit=1>",
          "<script>window.hit=1</script>",
          "\"><svg onload=window.hit=1>",
          "javascript:window.hit=1",
          "'-alert(window.hit=1)-'");

  @TempDir Path data;

  @Test
  void text_isNeverRun_inAnyField() throws Exception {
    try (RunningServer server = new RunningServer(data);
        Browser browser = new Browser(server.httpPort())) {
      fill(server);
      for (String view :
          List.of(
              "",
              "services",
              "services/evil",
              "services/evil/e-0",
              "services/evil/e-gone",
              "graph",
              "events",
              "config",
              "config/evil/key",
              "config/evil/key?edit=1",
              "models")) {
        clean(browser, view);
        if (view.startsWith("services/evil") || view.startsWith("config/")) {
          assertThat(browser.text()).as(view).contains("<img src=x");
        }
      }
      for (String payload : PAYLOADS.subList(0, 3)) {
        String typed = URLEncoder.encode(payload, StandardCharsets.UTF_8).replace("+", "%20");
        for (String view :
            List.of("services?q=", "services/", "services/evil/", "graph?at=", "config/")) {
          clean(browser, view + typed);
        }
        browser.open("?ns=" + typed);
        browser.awaitText("Refused");
        assertThat(browser.run("return window.hit ?? 0")).as("namespace").isEqualTo(0L);
      }
    }
  }

  private static void clean(Browser browser, String view) {
    browser.open(view);
    browser.awaitNoText("Asking the registry");
    assertThat(browser.run("return window.hit ?? 0")).as(view).isEqualTo(0L);
    assertThat(
            browser.run(
                "return document.querySelectorAll('main img, main script, main [onload],"
                    + " main [onerror], a[href^=\"javascript\"]').length"))
        .as(view)
        .isEqualTo(0L);
    // none was even tried: the policy had nothing to refuse
    assertThat(browser.complaints())
        .as(view)
        .noneMatch(line -> line.contains("Content Security Policy") || line.contains("Trusted"));
  }

  private static void fill(RunningServer server) {
    Sample sample = new Sample(server.channel());
    int i = 0;
    for (String payload : PAYLOADS) {
      Instance.Builder instance =
          Sample.instance("evil", "e-" + i++)
              .setVersion(payload)
              .setZone(payload)
              .putMetadata(payload, payload)
              .putMetadata("models", payload + ",x")
              .putMetadata("loaded", payload);
      sample.register(instance);
    }
    sample.register("evil", "e-gone");
    sample.deregister("evil", "e-gone", PAYLOADS.get(0));
    RegistryServiceGrpc.newBlockingStub(server.channel())
        .drain(
            DrainRequest.newBuilder()
                .setService("evil")
                .setId("e-0")
                .setReason(String.join(" ", PAYLOADS))
                .build());
    for (String payload : PAYLOADS) {
      ConfigServiceGrpc.newBlockingStub(server.channel())
          .put(PutRequest.newBuilder().setKey("evil/key").setValue(payload).build());
    }
    ConfigServiceGrpc.newBlockingStub(server.channel())
        .put(PutRequest.newBuilder().setKey("evil/key").setValue(PAYLOADS.get(0)).build());
  }
}
