// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.store.EventLog;
import dev.rollcall.server.store.RecordCodec;
import dev.rollcall.server.store.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the log on connections of its own, so that a long look back never waits for the committer
 * nor the other way round: SQLite's readers see the state as of their first read.
 */
final class EventReader implements EventLog, AutoCloseable {
  private static final int KEPT_OPEN = 2;

  private final Database.Connector connector;
  private final ArrayDeque<Connection> idle = new ArrayDeque<>();
  private boolean closed;

  EventReader(Database.Connector connector) {
    this.connector = connector;
  }

  @Override
  public List<Commit> newestFirst(Query query) {
    try {
      Connection connection = take();
      List<Commit> found = read(connection, query);
      giveBack(connection);
      return found;
    } catch (SQLException e) {
      throw new StoreException("past changes cannot be read now: " + e.getMessage(), e);
    }
  }

  private List<Commit> read(Connection connection, Query query) throws SQLException {
    String causes =
        query.causes().stream()
            .map(Cause.Kind::number)
            .map(String::valueOf)
            .collect(Collectors.joining(","));
    String sql =
        "SELECT epoch, revision, nonce, usable_before, change FROM log"
            + " WHERE namespace = (SELECT number FROM namespace WHERE name = ?)"
            + " AND revision < ? AND time_millis >= ? AND time_millis < ?"
            + (query.service().isEmpty() ? "" : " AND service = ?")
            + (query.id().isEmpty() ? "" : " AND id = ?")
            + (causes.isEmpty() ? "" : " AND cause IN (" + causes + ")")
            + " ORDER BY revision DESC LIMIT ?";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int at = 1;
      statement.setString(at++, query.namespace());
      statement.setLong(at++, query.beforeRevision());
      statement.setLong(at++, query.sinceMillis());
      statement.setLong(at++, query.untilMillis());
      if (!query.service().isEmpty()) {
        statement.setString(at++, query.service());
      }
      if (!query.id().isEmpty()) {
        statement.setString(at++, query.id());
      }
      statement.setInt(at, query.most());
      return commits(statement);
    }
  }

  private static List<Commit> commits(PreparedStatement statement) throws SQLException {
    List<Commit> commits = new ArrayList<>();
    try (ResultSet row = statement.executeQuery()) {
      while (row.next()) {
        Position position = new Position(row.getString(1), row.getLong(2), row.getLong(3));
        commits.add(
            new Commit(
                position,
                row.getInt(4) != 0,
                RecordCodec.change(row.getBytes(5), position.revision())));
      }
    }
    return commits;
  }

  private Connection take() throws SQLException {
    Connection connection = idle();
    if (connection != null) {
      return connection;
    }
    connection = connector.connect();
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA query_only = ON");
      statement.execute("PRAGMA busy_timeout = 2000");
    }
    return connection;
  }

  private synchronized @Nullable Connection idle() throws SQLException {
    if (closed) {
      throw new SQLException("the store is closed");
    }
    return idle.poll();
  }

  private void giveBack(Connection connection) throws SQLException {
    synchronized (this) {
      if (!closed && idle.size() < KEPT_OPEN) {
        idle.add(connection);
        return;
      }
    }
    connection.close();
  }

  @Override
  public void close() throws SQLException {
    List<Connection> last;
    synchronized (this) {
      closed = true;
      last = List.copyOf(idle);
      idle.clear();
    }
    for (Connection connection : last) {
      connection.close();
    }
  }
}
