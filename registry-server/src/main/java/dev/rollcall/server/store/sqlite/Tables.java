// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.store.Kept;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The statements that a transaction is made of. Namespaces are named by their row's number. */
final class Tables implements AutoCloseable {
  /** A namespace's row. */
  record Head(long number, Position position) {}

  private final PreparedStatement head;
  private final PreparedStatement heads;
  private final PreparedStatement bear;
  private final PreparedStatement move;
  private final PreparedStatement add;
  private final PreparedStatement replace;
  private final PreparedStatement remove;
  private final PreparedStatement find;
  private final PreparedStatement log;
  private final PreparedStatement oldest;
  private final PreparedStatement prune;
  private final PreparedStatement pruneVersions;
  private final PreparedStatement unheard;
  private final PreparedStatement heard;
  private final PreparedStatement clock;

  Tables(Connection connection) throws SQLException {
    String all = "SELECT number, epoch, revision, nonce FROM namespace";
    String named = " WHERE namespace = ? AND service = ? AND id = ?";
    heads = connection.prepareStatement(all);
    head = connection.prepareStatement(all + " WHERE name = ?");
    bear = connection.prepareStatement("INSERT INTO namespace VALUES (NULL, ?, ?, 0, 0)");
    move =
        connection.prepareStatement(
            "UPDATE namespace SET epoch = ?, revision = ?, nonce = ? WHERE number = ?");
    add =
        connection.prepareStatement(
            "INSERT INTO instance VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");
    replace =
        connection.prepareStatement(
            "UPDATE instance SET revision = ?, record = ?" + named + " AND revision = ?");
    remove = connection.prepareStatement("DELETE FROM instance" + named + " AND revision = ?");
    find = connection.prepareStatement("SELECT 1 FROM instance" + named);
    log = connection.prepareStatement("INSERT INTO log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    oldest =
        connection.prepareStatement(
            "SELECT revision, time_millis FROM log WHERE namespace = ? ORDER BY revision LIMIT ?");
    prune = connection.prepareStatement("DELETE FROM log WHERE namespace = ? AND revision <= ?");
    pruneVersions =
        connection.prepareStatement(
            "DELETE FROM log WHERE namespace = ?1 AND service = '' AND id = ?2 AND revision <="
                + " (SELECT revision FROM log WHERE namespace = ?1 AND service = '' AND id = ?2"
                + " ORDER BY revision DESC LIMIT 1 OFFSET ?3)");
    unheard =
        connection.prepareStatement(
            "INSERT OR REPLACE INTO unheard"
                + " SELECT namespace, service, id, ?, ? FROM instance"
                + named);
    heard = connection.prepareStatement("DELETE FROM unheard" + named);
    clock = connection.prepareStatement("INSERT OR REPLACE INTO clock VALUES (1, ?, ?)");
  }

  @Nullable Head head(String namespace) throws SQLException {
    head.setString(1, namespace);
    try (ResultSet row = head.executeQuery()) {
      return row.next() ? head(row) : null;
    }
  }

  List<Head> heads() throws SQLException {
    List<Head> all = new ArrayList<>();
    try (ResultSet row = heads.executeQuery()) {
      while (row.next()) {
        all.add(head(row));
      }
    }
    return all;
  }

  private static Head head(ResultSet row) throws SQLException {
    return new Head(row.getLong(1), new Position(row.getString(2), row.getLong(3), row.getLong(4)));
  }

  /** Adds a namespace at revision 0, and answers its row. */
  Head bear(String namespace, String epoch) throws SQLException {
    bear.setString(1, namespace);
    bear.setString(2, epoch);
    bear.executeUpdate();
    Head born = head(namespace);
    if (born == null) {
      throw new SQLException("the row of namespace " + namespace + " is gone as soon as written");
    }
    return born;
  }

  void move(long namespace, Position position) throws SQLException {
    move.setString(1, position.epoch());
    move.setLong(2, position.revision());
    move.setLong(3, position.nonce());
    move.setLong(4, namespace);
    move.executeUpdate();
  }

  /** Writes a record unless there is one by that name; false if there is. */
  boolean add(long namespace, InstanceKey key, long revision, byte[] bytes) throws SQLException {
    name(add, 1, namespace, key);
    add.setLong(4, revision);
    add.setBytes(5, bytes);
    return add.executeUpdate() == 1;
  }

  /** Writes over a record that is at the expected revision; false if it is not. */
  boolean replace(long namespace, InstanceKey key, long expected, long revision, byte[] bytes)
      throws SQLException {
    replace.setLong(1, revision);
    replace.setBytes(2, bytes);
    name(replace, 3, namespace, key);
    replace.setLong(6, expected);
    return replace.executeUpdate() == 1;
  }

  /** Deletes a record that is at the expected revision; false if it is not. */
  boolean remove(long namespace, InstanceKey key, long expected) throws SQLException {
    name(remove, 1, namespace, key);
    remove.setLong(4, expected);
    return remove.executeUpdate() == 1;
  }

  boolean exists(long namespace, InstanceKey key) throws SQLException {
    name(find, 1, namespace, key);
    try (ResultSet row = find.executeQuery()) {
      return row.next();
    }
  }

  void log(long namespace, Commit commit, byte[] change) throws SQLException {
    log.setLong(1, namespace);
    log.setLong(2, commit.revision());
    log.setString(3, commit.position().epoch());
    log.setLong(4, commit.position().nonce());
    log.setInt(5, commit.usableBefore() ? 1 : 0);
    log.setLong(6, commit.change().cause().time().toEpochMilli());
    log.setString(7, commit.change().key().service());
    log.setString(8, commit.change().key().id());
    log.setInt(9, commit.change().cause().kind().number());
    log.setBytes(10, change);
    log.executeUpdate();
  }

  /**
   * Deletes the oldest rows of a namespace's log that are too many or too old.
   *
   * @param most how many at most, so that one transaction stays short whatever has gathered
   * @param upTo the newest revision that is one too many
   * @param beforeMillis rows older than this are too old, by the wall clock
   */
  void prune(long namespace, int most, long upTo, long beforeMillis) throws SQLException {
    long last = 0;
    oldest.setLong(1, namespace);
    oldest.setInt(2, most);
    try (ResultSet row = oldest.executeQuery()) {
      while (row.next() && (row.getLong(1) <= upTo || row.getLong(2) < beforeMillis)) {
        last = row.getLong(1);
      }
    }
    if (last > 0) {
      prune.setLong(1, namespace);
      prune.setLong(2, last);
      prune.executeUpdate();
    }
  }

  /** Deletes all but the newest versions of a setting. */
  void pruneVersions(long namespace, String key, int kept) throws SQLException {
    pruneVersions.setLong(1, namespace);
    pruneVersions.setString(2, key);
    pruneVersions.setInt(3, kept);
    pruneVersions.executeUpdate();
  }

  /** Keeps that a lease was not heard; nothing if its instance is not listed. */
  void unheard(long namespace, InstanceKey key, Kept.Unheard since) throws SQLException {
    unheard.setLong(1, since.sinceMillis());
    unheard.setLong(2, since.graceMillis());
    name(unheard, 3, namespace, key);
    unheard.executeUpdate();
  }

  void heard(long namespace, InstanceKey key) throws SQLException {
    name(heard, 1, namespace, key);
    heard.executeUpdate();
  }

  void clock(long leaseMillis, long wallMillis) throws SQLException {
    clock.setLong(1, leaseMillis);
    clock.setLong(2, wallMillis);
    clock.executeUpdate();
  }

  @Override
  public void close() throws SQLException {
    for (PreparedStatement statement :
        List.of(
            head,
            heads,
            bear,
            move,
            add,
            replace,
            remove,
            find,
            log,
            oldest,
            prune,
            pruneVersions,
            unheard,
            heard,
            clock)) {
      statement.close();
    }
  }

  private static void name(PreparedStatement statement, int at, long namespace, InstanceKey key)
      throws SQLException {
    statement.setLong(at, namespace);
    statement.setString(at + 1, key.service());
    statement.setString(at + 2, key.id());
  }
}
