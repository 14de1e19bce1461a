// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The docs say what is there: each promise names its tests, each flag and each room is listed. */
final class GuaranteesTest {
  /** Surefire starts in the module's folder. */
  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

  private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w+)\\.(\\w+)`");

  @Test
  void everyPromise_namesTestsThatExist() throws IOException {
    Map<String, List<String>> sources = testSources();
    List<String> wrong = new ArrayList<>();
    int named = 0;
    for (String row : rows("docs/guarantees.md")) {
      List<String[]> tests =
          NAMED.matcher(row).results().map(m -> new String[] {m.group(1), m.group(2)}).toList();
      if (tests.isEmpty()) {
        wrong.add("no test: " + row);
      }
      for (String[] test : tests) {
        named++;
        if (sources.getOrDefault(test[0], List.of()).stream().noneMatch(s -> has(s, test[1]))) {
          wrong.add("no such test: " + test[0] + "." + test[1]);
        }
      }
    }
    assertThat(wrong).as("docs/guarantees.md").isEmpty();
    assertThat(named).as("tests named in docs/guarantees.md").isGreaterThan(50);
  }

  @Test
  void has_seesTestsOnly() {
    String source =
        """
        @ParameterizedTest(name = "{0}")
        @ValueSource(ints = {1, 2})
        void known_isThere(int n) { helper(); }

        private static void helper() { return; }
        """;
    assertThat(has(source, "known_isThere")).isTrue();
    assertThat(has(source, "known_is")).isFalse();
    assertThat(has(source, "helper")).isFalse();
  }

  @Test
  void readme_listsEveryFlagAsItIs() throws IOException {
    List<String> expected = new ArrayList<>();
    for (Flag flag : Flag.values()) {
      String key = flag == Flag.CONFIG ? "–" : "`" + flag.key() + "`";
      String preset = flag.preset().isEmpty() ? "none" : "`" + flag.preset() + "`";
      expected.add(
          "| `%s` | `%s` | %s | %s |".formatted(flag.option(), flag.variable(), key, preset));
    }
    List<String> listed =
        rows("README.md").stream()
            .filter(row -> row.startsWith("| `--"))
            .map(row -> row.replaceFirst("^((?:\\|[^|]*){4}\\|).*", "$1"))
            .toList();
    assertThat(listed).containsExactlyElementsOf(expected);
  }

  @Test
  void architecture_listsEveryRoom() throws IOException {
    Path root = REPOSITORY.resolve("registry-server/src/main/java/dev/rollcall/server");
    List<String> floors =
        rows("docs/architecture.md").stream().filter(row -> row.matches("\\| [1-6] .*")).toList();
    try (Stream<Path> rooms = Files.list(root).filter(Files::isDirectory)) {
      assertThat(rooms.map(room -> "`" + room.getFileName() + "`"))
          .isNotEmpty()
          .allSatisfy(room -> assertThat(floors).anyMatch(floor -> floor.contains(room)));
    }
    assertThat(floors).hasSize(6);
  }

  /** The rows of all tables of a page, without their headings. */
  private static List<String> rows(String page) throws IOException {
    List<String> rows = new ArrayList<>();
    boolean inside = false;
    for (String line : Files.readAllLines(REPOSITORY.resolve(page))) {
      if (!line.startsWith("|")) {
        inside = false;
      } else if (line.startsWith("|---")) {
        inside = true;
      } else if (inside) {
        rows.add(line);
      }
    }
    assertThat(rows).as("rows of " + page).isNotEmpty();
    return rows;
  }

  /** The test sources of all modules by class name; one name may stand in several packages. */
  private static Map<String, List<String>> testSources() throws IOException {
    Map<String, List<String>> sources = new HashMap<>();
    for (Path module : modules()) {
      try (Stream<Path> files = Files.walk(module.resolve("src/test/java"))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          String name = file.getFileName().toString().replace(".java", "");
          sources.computeIfAbsent(name, n -> new ArrayList<>()).add(Files.readString(file));
        }
      }
    }
    return sources;
  }

  private static List<Path> modules() throws IOException {
    try (Stream<Path> top = Files.list(REPOSITORY);
        Stream<Path> examples = Files.list(REPOSITORY.resolve("examples"))) {
      return Stream.concat(top, examples)
          .filter(folder -> Files.isDirectory(folder.resolve("src/test/java")))
          .toList();
    }
  }

  /** Whether a source has this test: no statement ends between its annotation and its name. */
  private static boolean has(String source, String test) {
    return Pattern.compile("@(Test|ParameterizedTest)\\b[^;]*?\\bvoid " + test + "\\(")
        .matcher(source)
        .find();
  }
}
