// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Setting;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.RecordCodec;
import dev.rollcall.server.store.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads everything kept, once, at the start. */
final class KeptReader {
  /** As many changes, and bytes of changes in all, as rings of recent changes hold. */
  private static final int LOG_ROWS = 65_536;

  private static final long LOG_BYTES = 64L << 20;

  private record Row(long number, String name, Position position) {}

  private final Connection connection;

  KeptReader(Connection connection) {
    this.connection = connection;
  }

  Kept read() throws SQLException {
    List<Row> rows = rows();
    List<Kept.Namespace> namespaces = new ArrayList<>();
    for (Row row : rows) {
      Catalog catalog = catalog(row);
      namespaces.add(new Kept.Namespace(catalog, log(row, LOG_BYTES / rows.size()), unheard(row)));
    }
    try (PreparedStatement select =
            connection.prepareStatement("SELECT lease_millis, wall_millis FROM clock");
        ResultSet clock = select.executeQuery()) {
      return clock.next()
          ? new Kept(namespaces, clock.getLong(1), clock.getLong(2))
          : new Kept(namespaces, 0, 0);
    }
  }

  private List<Row> rows() throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (PreparedStatement select =
            connection.prepareStatement(
                "SELECT number, name, epoch, revision, nonce FROM namespace ORDER BY name");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        rows.add(
            new Row(
                row.getLong(1),
                row.getString(2),
                new Position(row.getString(3), row.getLong(4), row.getLong(5))));
      }
    }
    return rows;
  }

  private Catalog catalog(Row namespace) throws SQLException {
    Catalog catalog = Catalog.of(namespace.name(), namespace.position(), registrations(namespace));
    try (PreparedStatement select = records(namespace, "service = ''");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        Setting setting = setting(namespace, row.getString(2), row.getLong(3), row.getBytes(4));
        catalog = catalog.with(setting, namespace.position());
      }
    }
    return catalog;
  }

  private PreparedStatement records(Row namespace, String which) throws SQLException {
    PreparedStatement select =
        connection.prepareStatement(
            "SELECT service, id, revision, record FROM instance WHERE namespace = ? AND " + which);
    select.setLong(1, namespace.number());
    return select;
  }

  private List<Registration> registrations(Row namespace) throws SQLException {
    List<Registration> registrations = new ArrayList<>();
    try (PreparedStatement select = records(namespace, "service <> ''");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        InstanceKey key = new InstanceKey(row.getString(1), row.getString(2));
        registrations.add(registration(namespace, key, row.getLong(3), row.getBytes(4)));
      }
    }
    return registrations;
  }

  private static Setting setting(Row namespace, String key, long revision, byte[] bytes) {
    try {
      return RecordCodec.setting(bytes, revision);
    } catch (IllegalArgumentException e) {
      throw new StoreException(
          "setting %s of %s cannot be read: %s".formatted(key, namespace.name(), e.getMessage()),
          e);
    }
  }

  private static Registration registration(
      Row namespace, InstanceKey key, long revision, byte[] bytes) {
    String record = "the record of %s in namespace %s".formatted(key, namespace.name());
    Registration registration;
    try {
      registration = RecordCodec.registration(bytes, revision);
    } catch (IllegalArgumentException e) {
      throw new StoreException(record + " cannot be read: " + e.getMessage(), e);
    }
    if (!registration.key().equals(key)) {
      throw new StoreException(record + " is that of " + registration.key());
    }
    if (revision < 1 || revision > namespace.position().revision()) {
      throw new StoreException(
          "%s has revision %d (expected: 1 to %d)"
              .formatted(record, revision, namespace.position().revision()));
    }
    return registration;
  }

  private List<Commit> log(Row namespace, long mostBytes) throws SQLException {
    Deque<Commit> log = new ArrayDeque<>();
    String epoch = namespace.position().epoch();
    long next = namespace.position().revision();
    long bytes = 0;
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT revision, nonce, usable_before, change FROM log"
                + " WHERE namespace = ? AND epoch = ? ORDER BY revision DESC LIMIT ?")) {
      select.setLong(1, namespace.number());
      select.setString(2, epoch);
      select.setInt(3, LOG_ROWS);
      try (ResultSet row = select.executeQuery()) {
        // pruning may leave a gap only where a person deleted rows; what is older is of no use
        while (row.next() && row.getLong(1) == next && bytes < mostBytes) {
          byte[] change = row.getBytes(4);
          bytes += change.length;
          Position position = new Position(epoch, next, row.getLong(2));
          log.addFirst(commit(namespace, position, row.getInt(3) != 0, change));
          next--;
        }
      }
    }
    return List.copyOf(log);
  }

  private static Commit commit(Row namespace, Position at, boolean usableBefore, byte[] bytes) {
    try {
      return new Commit(at, usableBefore, RecordCodec.change(bytes, at.revision()));
    } catch (IllegalArgumentException e) {
      throw new StoreException(
          "change %d of namespace %s cannot be read: %s"
              .formatted(at.revision(), namespace.name(), e.getMessage()),
          e);
    }
  }

  private Map<InstanceKey, Kept.Unheard> unheard(Row namespace) throws SQLException {
    Map<InstanceKey, Kept.Unheard> unheard = new HashMap<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT service, id, since_millis, grace_millis FROM unheard WHERE namespace = ?")) {
      select.setLong(1, namespace.number());
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          unheard.put(
              new InstanceKey(row.getString(1), row.getString(2)),
              new Kept.Unheard(row.getLong(3), row.getLong(4)));
        }
      }
    }
    return Map.copyOf(unheard);
  }
}
