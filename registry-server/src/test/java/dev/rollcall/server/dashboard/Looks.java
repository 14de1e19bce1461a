// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Looks at views: in light, in dark and on a small screen, and keeps a picture of each. */
record Looks(Browser browser, Axe axe) {
  private static final List<String> THEMES = List.of("light", "dark");

  /** Fails where somebody is kept out, or something stands beside the page's edge. */
  void everyView(String name, List<String> views) throws IOException {
    List<String> findings = new ArrayList<>();
    for (String view : views) {
      String picture = name + "-" + (view.isEmpty() ? "overview" : view.replace('/', '-'));
      browser.size(1280, 860);
      browser.open(view);
      browser.awaitNoText("Asking the registry");
      for (String theme : THEMES) {
        browser.theme(theme);
        browser.picture(picture + "-" + theme);
        axe.findings(browser).forEach(f -> findings.add(view + " in " + theme + ": " + f));
      }
      browser.size(400, 860);
      browser.picture(picture + "-small");
      axe.findings(browser).forEach(f -> findings.add(view + " at 400 px: " + f));
      Object wide =
          browser.run(
              "scrollTo(9999, 0); return scrollX > 0 ||"
                  + " document.documentElement.scrollWidth > innerWidth;");
      if (!Boolean.FALSE.equals(wide)) {
        findings.add(view + " scrolls sideways at 400 px");
      }
    }
    assertThat(findings).isEmpty();
  }
}
