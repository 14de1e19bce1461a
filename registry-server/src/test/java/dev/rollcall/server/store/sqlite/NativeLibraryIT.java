// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.store.StoreException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Places for the driver's library; each in a process of its own, since it is loaded once. */
final class NativeLibraryIT {
  @TempDir Path directory;

  /** What a process prints that opens a store in the directory. */
  private String opened(String... options) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Opener.class.getName(), directory.resolve("data").toString()));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String printed =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    process.waitFor();
    return printed;
  }

  private void spoil() throws IOException {
    Files.createDirectory(directory.resolve("data"));
    Files.createFile(directory.resolve("data/native"));
  }

  @Test
  void load_takesThePlaceBelowTheData() throws Exception {
    assertThat(opened("-Djava.io.tmpdir=/nowhere")).isEqualTo("opened");
  }

  @Test
  void load_withoutThatPlace_takesTheTemporaryDirectory() throws Exception {
    spoil();
    Path temporary = Files.createDirectory(directory.resolve("tmp"));
    assertThat(opened("-Djava.io.tmpdir=" + temporary))
        .contains("WARN", temporary + " serves")
        .endsWith("opened")
        .hasLineCount(2);
  }

  @Test
  void load_withoutAnyPlace_isOneLine() throws Exception {
    spoil();
    assertThat(opened("-Djava.io.tmpdir=/nowhere"))
        .startsWith("refused: the SQLite library cannot be loaded, not from " + directory)
        .contains("nor from /nowhere")
        .hasLineCount(1);
    assertThat(opened("-Dorg.sqlite.tmpdir=/chosen"))
        .startsWith("refused: the SQLite library cannot be loaded, not from /chosen")
        .hasLineCount(1);
  }

  /** Opens a store, and says how that went. */
  static final class Opener {
    private Opener() {}

    public static void main(String[] args) {
      SqliteSettings settings = SqliteSettings.in(Path.of(args[0]));
      try (SqliteStore store = SqliteStore.open(settings, new Random(), Thread::new, e -> {})) {
        store.load();
        System.out.println("opened");
      } catch (StoreException e) {
        System.out.println("refused: " + e.getMessage());
      }
    }
  }
}
