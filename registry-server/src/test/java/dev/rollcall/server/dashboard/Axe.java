// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** Looks for what keeps people out: axe-core, run in the page. */
final class Axe {
  private static final String LIST = "META-INF/maven/org.webjars.npm/axe-core/pom.properties";

  private final String script;

  Axe() throws IOException {
    String version =
        read(LIST).lines().filter(line -> line.startsWith("version=")).findFirst().orElseThrow();
    script =
        read(
            "META-INF/resources/webjars/axe-core/"
                + version.substring("version=".length())
                + "/axe.min.js");
  }

  private static String read(String resource) throws IOException {
    try (InputStream in = Axe.class.getClassLoader().getResourceAsStream(resource)) {
      return new String(
          Objects.requireNonNull(in, resource).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Serious and critical findings, one line each: the rule and where. */
  List<String> findings(Browser browser) {
    browser.run("if (window.axe === undefined) { " + script + " }");
    Object found =
        browser.runAsync(
            """
            const done = arguments[arguments.length - 1];
            axe.run(document, { resultTypes: ["violations"] }).then((results) => done(
              results.violations
                .filter(({ impact }) => impact === "serious" || impact === "critical")
                .flatMap(({ id, nodes }) => nodes.map((node) =>
                  `${id}: ${node.target.join(" ")} ${node.failureSummary.slice(0, 300)}`))),
              (failure) => done([String(failure)]));
            """);
    return found instanceof List<?> lines
        ? lines.stream().map(String::valueOf).toList()
        : List.of();
  }
}
