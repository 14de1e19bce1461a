// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import dev.rollcall.server.store.Kept;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * One connection to the file, and its transactions. They are spelled out ({@code BEGIN IMMEDIATE},
 * {@code COMMIT}) with JDBC's autocommit left on: with it off, a full disk leaves the connection in
 * a transaction that can be neither kept nor undone. Not thread-safe.
 */
final class Database implements AutoCloseable {
  /** Makes connections; a test's own may fail where it likes. */
  interface Connector {
    Connection connect() throws SQLException;
  }

  private final Connection connection;
  private final Statement statement;
  private Tables tables;

  private Database(Connection connection) throws SQLException {
    this.connection = connection;
    this.statement = connection.createStatement();
    this.tables = new Tables(connection);
  }

  /** Connects to a file by URI, so that no character of its path is taken for an option. */
  static Connector connectorTo(Path file) {
    String url = "jdbc:sqlite:" + file.toUri();
    return () -> DriverManager.getConnection(url);
  }

  static Database open(Connector connector) throws SQLException {
    Connection connection = connector.connect();
    try {
      Schema.prepare(connection);
      setUp(connection);
      return new Database(connection);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private static void setUp(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // a person's sqlite3 shell on the same file may hold the lock for a moment
      statement.execute("PRAGMA busy_timeout = 2000");
      String mode = statement.executeQuery("PRAGMA journal_mode = WAL").getString(1);
      if (!mode.equals("wal")) {
        throw new SQLException("the file system cannot hold a write-ahead log (mode " + mode + ")");
      }
      statement.execute("PRAGMA synchronous = FULL");
      // only macOS knows a difference between a flush and a flush that reaches the disk
      statement.execute("PRAGMA fullfsync = ON");
      statement.execute("PRAGMA journal_size_limit = " + (64 << 20));
    }
  }

  Tables tables() {
    return tables;
  }

  Kept read() throws SQLException {
    return new KeptReader(connection).read();
  }

  void begin() throws SQLException {
    statement.execute("BEGIN IMMEDIATE");
  }

  void commit() throws SQLException {
    statement.execute("COMMIT");
  }

  /**
   * Undoes the open transaction, if SQLite has not done so already, and prepares the statements
   * anew: the driver throws away those that met an error.
   */
  void rollback() throws SQLException {
    try {
      statement.execute("ROLLBACK");
    } catch (SQLException e) {
      // no transaction is open any more; were one still open, the next BEGIN would say so
    }
    tables.close();
    tables = new Tables(connection);
  }

  /** Whether the disk, or what the file may take of it, is full. */
  static boolean full(Throwable error) {
    return error instanceof SQLiteException sqlite
        && primary(sqlite) == SQLiteErrorCode.SQLITE_FULL.code;
  }

  /** Whether the operating system could not flush: it may forget the pages and not say so again. */
  static boolean flushFailed(Throwable error) {
    return error instanceof SQLiteException sqlite
        && (sqlite.getResultCode() == SQLiteErrorCode.SQLITE_IOERR_FSYNC
            || sqlite.getResultCode() == SQLiteErrorCode.SQLITE_IOERR_DIR_FSYNC);
  }

  private static int primary(SQLiteException error) {
    return error.getResultCode().code & 0xff;
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
