// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rollcall.server.store.RecordingFeed;
import dev.rollcall.server.store.Samples;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose directory it is, and what is refused without touching it. */
final class SqliteDirectoryTest {
  @TempDir Path directory;

  private SqliteStore open(Path where) {
    return SqliteStore.open(SqliteSettings.in(where), new Random(7), Thread::new, e -> {});
  }

  /** Leaves one record in a closed store. */
  private void fill() {
    try (Store store = open(directory)) {
      RecordingFeed feed = new RecordingFeed();
      store.feed(feed);
      Store.Append append = Samples.append("shop", 0, Samples.put(Samples.key("a"), "1"));
      store.append(append);
      assertThat(feed.answer(append).failure()).isNull();
    }
  }

  private String refusal(Path where) {
    return assertThatExceptionOfType(StoreException.class)
        .isThrownBy(
            () -> {
              try (SqliteStore store = open(where)) {
                store.load();
              }
            })
        .actual()
        .getMessage();
  }

  private void sql(Path file, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private static List<String> files(Path where) throws IOException {
    try (Stream<Path> files = Files.list(where)) {
      return files.map(f -> f.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void open_missingDirectory_makesIt() throws IOException {
    Path where = directory.resolve("a b?c#d%20e/ä");
    try (Store store = open(where)) {
      assertThat(store.load().namespaces()).isEmpty();
    }
    assertThat(files(where)).contains("lock", "rollcall.db");
  }

  @Test
  void open_secondServer_isRefused() {
    try (Store first = open(directory)) {
      assertThat(first.load().namespaces()).isEmpty();
      assertThat(refusal(directory))
          .contains(directory.toString(), "in use by another server, process ")
          .contains(Long.toString(ProcessHandle.current().pid()))
          .doesNotContain("\n");
    }
    open(directory).close();
  }

  @Test
  void open_notADirectory_isRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "x");
    assertThat(refusal(file)).contains(file.toString(), "expected: a directory");
    assertThat(refusal(file.resolve("below"))).contains(file.toString());
  }

  @Test
  void open_newerSchema_isRefusedUntouched() throws IOException, SQLException {
    fill();
    Path file = directory.resolve("rollcall.db");
    sql(file, "PRAGMA user_version = 3");
    byte[] before = Files.readAllBytes(file);
    assertThat(refusal(directory)).contains(file.toString(), "newer version", "schema 3");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
  }

  @Test
  void open_olderSchema_isBroughtUpToDate() throws IOException, SQLException {
    fill();
    Path file = directory.resolve("rollcall.db");
    sql(file, "DROP INDEX version");
    sql(file, "PRAGMA user_version = 1");
    try (SqliteStore store = open(directory)) {
      assertThat(store.load().namespaces()).hasSize(1);
    }
    // which would fail if the index were not there
    sql(file, "DROP INDEX version");
  }

  @Test
  void open_foreignDatabase_isRefusedUntouched() throws IOException, SQLException {
    Path file = directory.resolve("rollcall.db");
    sql(file, "CREATE TABLE song (name TEXT)", "PRAGMA application_id = 4711");
    byte[] before = Files.readAllBytes(file);
    assertThat(refusal(directory)).contains(file.toString(), "another program", "4711");
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    assertThat(files(directory)).containsExactly("rollcall.db");
  }

  @Test
  void open_garbage_isRefusedUntouched() throws IOException {
    Path file = directory.resolve("rollcall.db");
    byte[] garbage = new byte[5_000];
    new Random(3).nextBytes(garbage);
    Files.write(file, garbage);
    assertThat(refusal(directory)).contains(file.toString(), "no database, or damaged");
    Files.write(file, new byte[] {1, 2, 3});
    assertThat(refusal(directory)).contains(file.toString(), "no database, or damaged");
    assertThat(files(directory)).containsExactly("rollcall.db");
  }

  @Test
  void load_damagedPages_saysWhatToDo() throws IOException {
    fill();
    Path file = directory.resolve("rollcall.db");
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 4_096; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31);
    }
    Files.write(file, bytes);
    assertThat(refusal(directory)).contains(directory.toString(), "--new-epoch");
  }

  @Test
  void load_undecodableRecord_isNamed() throws SQLException {
    fill();
    Path file = directory.resolve("rollcall.db");
    sql(file, "UPDATE instance SET record = x'ffff'");
    assertThat(refusal(directory))
        .contains(directory.toString(), "product/a", "namespace shop", "cannot be read");
    sql(file, "UPDATE instance SET record = (SELECT record FROM instance), id = 'b'");
    assertThat(refusal(directory)).contains("product/b", "namespace shop");
  }

  @Test
  void load_undecodableChange_isNamed() throws SQLException {
    fill();
    sql(directory.resolve("rollcall.db"), "UPDATE log SET change = x''");
    assertThat(refusal(directory)).contains("change 1", "namespace shop");
  }

  @Test
  void load_recordBeyondTheHead_isNamed() throws SQLException {
    fill();
    sql(directory.resolve("rollcall.db"), "UPDATE instance SET revision = 9");
    assertThat(refusal(directory)).contains("product/a", "revision 9", "expected: 1 to 1");
  }

  @Test
  void append_directoryMovedAndMadeAnew_endsTheServer() throws IOException {
    Path where = directory.resolve("data");
    Queue<Throwable> ends = new ConcurrentLinkedQueue<>();
    try (Store store =
        SqliteStore.open(SqliteSettings.in(where), new Random(7), Thread::new, ends::add)) {
      RecordingFeed feed = new RecordingFeed();
      store.feed(feed);
      Store.Append kept = Samples.append("shop", 0, Samples.put(Samples.key("a"), "1"));
      store.append(kept);
      assertThat(feed.answer(kept).failure()).isNull();
      Files.move(where, directory.resolve("elsewhere"));
      try (SqliteStore second = open(where)) {
        assertThat(second.load().namespaces()).isEmpty();
        Store.Append lost = Samples.append("shop", 0, Samples.put(Samples.key("b"), "1"));
        store.append(lost);
        assertThat(feed.answer(lost).failure()).isEqualTo(Store.Failure.OUTCOME_UNKNOWN);
      }
    }
    assertThat(ends)
        .singleElement()
        .extracting(Throwable::getMessage)
        .asString()
        .startsWith(where + ": was removed or replaced");
  }

  @Test
  void append_directoryRemoved_endsTheServer() throws IOException {
    Path where = directory.resolve("data");
    Queue<Throwable> ends = new ConcurrentLinkedQueue<>();
    try (Store store =
        SqliteStore.open(SqliteSettings.in(where), new Random(7), Thread::new, ends::add)) {
      RecordingFeed feed = new RecordingFeed();
      store.feed(feed);
      for (String file : files(where)) {
        if (Files.isRegularFile(where.resolve(file))) {
          Files.delete(where.resolve(file));
        }
      }
      Store.Append lost = Samples.append("shop", 0, Samples.put(Samples.key("a"), "1"));
      store.append(lost);
      assertThat(feed.answer(lost).failure()).isEqualTo(Store.Failure.OUTCOME_UNKNOWN);
    }
    assertThat(ends).hasSize(1);
  }
}
