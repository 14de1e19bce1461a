// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.helm;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The chart, rendered by Helm's own engine. */
final class Chart {
  private static final Path FOLDER = Path.of("rollcall").toAbsolutePath();
  private static final Path VALUES = Path.of("src", "test", "values").toAbsolutePath();
  private static final String KUBERNETES = "1.34.0";

  /** The same, with its tests as plain objects: from Java, Helm leaves hooks out. */
  private static final Path WITH_TESTS = withoutHooks();

  private Chart() {}

  private static Path withoutHooks() {
    try (var files = Files.walk(FOLDER)) {
      Path copy = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "chart");
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(FOLDER.relativize(file).toString());
        Files.createDirectories(target.getParent());
        String text = Files.readString(file);
        Files.writeString(target, text.replace("helm.sh/hook:", "helm.sh/no-hook:"));
      }
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static LintResult lint() {
    return new Helm(FOLDER).lint().strict().call();
  }

  /** The names of all files of values that the chart is rendered with. */
  static List<String> matrix() {
    try (var files = Files.list(VALUES)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The objects that a file of values makes. */
  static List<Manifest> with(String file) {
    return Manifest.all(render(VALUES.resolve(file), KUBERNETES));
  }

  /** The text that a file of values makes, for a version of Kubernetes. */
  static String render(Path values, String kubernetes) {
    return new Helm(WITH_TESTS)
        .template()
        .withName("demo")
        .withNamespace("shop")
        .withKubeVersion(kubernetes)
        .withValuesFile(values)
        .call();
  }

  /** The text that these values make. */
  static String render(Path directory, String yaml, String kubernetes) throws IOException {
    return render(Files.writeString(directory.resolve("values.yaml"), yaml), kubernetes);
  }
}
