// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import dev.rollcall.server.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * The tables, and whose they are. {@code application_id} says that a file is a registry's, {@code
 * user_version} which version of the tables it holds.
 */
final class Schema {
  /** "Roll" in ASCII. */
  static final int APPLICATION_ID = 0x526f6c6c;

  static final int VERSION = 2;

  private static final byte[] MAGIC = "SQLite format 3\0".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER_BYTES = 100;
  private static final int USER_VERSION_AT = 60;
  private static final int APPLICATION_ID_AT = 68;

  private static final List<String> TABLES =
      List.of(
          """
          CREATE TABLE namespace (
            number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
            epoch TEXT NOT NULL, revision INTEGER NOT NULL, nonce INTEGER NOT NULL)""",
          """
          CREATE TABLE instance (
            namespace INTEGER NOT NULL, service TEXT NOT NULL, id TEXT NOT NULL,
            revision INTEGER NOT NULL, record BLOB NOT NULL,
            PRIMARY KEY (namespace, service, id)) WITHOUT ROWID""",
          """
          CREATE TABLE log (
            namespace INTEGER NOT NULL, revision INTEGER NOT NULL, epoch TEXT NOT NULL,
            nonce INTEGER NOT NULL, usable_before INTEGER NOT NULL, time_millis INTEGER NOT NULL,
            service TEXT NOT NULL, id TEXT NOT NULL, cause INTEGER NOT NULL,
            change BLOB NOT NULL, PRIMARY KEY (namespace, revision)) WITHOUT ROWID""",
          """
          CREATE TABLE unheard (
            namespace INTEGER NOT NULL, service TEXT NOT NULL, id TEXT NOT NULL,
            since_millis INTEGER NOT NULL, grace_millis INTEGER NOT NULL,
            PRIMARY KEY (namespace, service, id)) WITHOUT ROWID""",
          """
          CREATE TABLE clock (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            lease_millis INTEGER NOT NULL, wall_millis INTEGER NOT NULL)""");

  /** What version 2 added: the versions of a setting are found without reading all of the log. */
  private static final String VERSIONS =
      "CREATE INDEX version ON log (namespace, id, revision) WHERE service = ''";

  private Schema() {}

  /**
   * Refuses a file that is not ours or that a newer version made. Reads the file's header by hand,
   * because SQLite itself may write to a file (roll back, checkpoint) that it merely opens.
   */
  static void refuseForeign(Path file) {
    ByteBuffer header = header(file);
    if (header.limit() == 0) {
      return;
    }
    if (header.limit() < HEADER_BYTES
        || !header.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC))) {
      throw new StoreException(
          "%s is no database, or damaged (expected: a Rollcall database; move it away to start empty, or put a backup back and add --new-epoch)"
              .formatted(file));
    }
    refuseForeign(file, header.getInt(APPLICATION_ID_AT), header.getInt(USER_VERSION_AT));
  }

  private static void refuseForeign(Path file, int application, int version) {
    if (application != APPLICATION_ID) {
      throw new StoreException(
          "%s belongs to another program (application_id %d, expected: %d); choose another directory"
              .formatted(file, application, APPLICATION_ID));
    }
    if (version > VERSION) {
      throw new StoreException(
          "%s was written by a newer version of Rollcall (schema %d, expected: at most %d); start that version"
              .formatted(file, version, VERSION));
    }
  }

  private static ByteBuffer header(Path file) {
    if (!Files.exists(file)) {
      return ByteBuffer.allocate(0);
    }
    try (InputStream bytes = Files.newInputStream(file)) {
      return ByteBuffer.wrap(bytes.readNBytes(HEADER_BYTES));
    } catch (IOException e) {
      throw new StoreException("%s cannot be read: %s".formatted(file, e), e);
    }
  }

  /**
   * Makes the tables in an empty file, and what an older version lacks. To be called before the
   * file is switched to WAL: so its header says whose it is from the first byte on.
   */
  static void prepare(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      int version = statement.executeQuery("PRAGMA user_version").getInt(1);
      if (version == VERSION) {
        return;
      }
      statement.execute("BEGIN IMMEDIATE");
      if (version == 0) {
        for (String table : TABLES) {
          statement.execute(table);
        }
      }
      statement.execute(VERSIONS);
      statement.execute("PRAGMA application_id = " + APPLICATION_ID);
      statement.execute("PRAGMA user_version = " + VERSION);
      statement.execute("COMMIT");
    }
  }
}
