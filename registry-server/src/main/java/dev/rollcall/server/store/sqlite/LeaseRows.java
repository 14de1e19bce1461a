// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.LeaseTick;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the lease ticks that are not kept yet come to together: the newest clock, and for each lease
 * the last thing said about it. Bounded by the number of leases, however many ticks wait. Not
 * thread-safe.
 */
final class LeaseRows {
  private long clockMillis;
  private long wallMillis;

  /** By namespace and name; empty: heard. */
  private final Map<String, Map<InstanceKey, Optional<Kept.Unheard>>> rows = new HashMap<>();

  LeaseRows(LeaseTick tick) {
    add(tick);
  }

  /** Adds a tick that was made after all those in here. */
  void add(LeaseTick tick) {
    clockMillis = tick.clockMillis();
    wallMillis = tick.wallMillis();
    tick.unheard().forEach((namespace, leases) -> leases.forEach((k, v) -> put(namespace, k, v)));
    tick.heard()
        .forEach(
            (namespace, keys) ->
                keys.forEach(key -> namespace(namespace).put(key, Optional.empty())));
  }

  /** Adds what was said after all that is in here. */
  void add(LeaseRows later) {
    clockMillis = later.clockMillis;
    wallMillis = later.wallMillis;
    later.rows.forEach((namespace, leases) -> namespace(namespace).putAll(leases));
  }

  private void put(String namespace, InstanceKey key, Kept.Unheard since) {
    namespace(namespace).put(key, Optional.of(since));
  }

  private Map<InstanceKey, Optional<Kept.Unheard>> namespace(String name) {
    return rows.computeIfAbsent(name, n -> new HashMap<>());
  }

  /** Writes all of it; a part of the caller's transaction. */
  void writeTo(Tables tables) throws SQLException {
    tables.clock(clockMillis, wallMillis);
    for (Map.Entry<String, Map<InstanceKey, Optional<Kept.Unheard>>> entry : rows.entrySet()) {
      Tables.Head head = tables.head(entry.getKey());
      if (head == null) {
        continue;
      }
      for (Map.Entry<InstanceKey, Optional<Kept.Unheard>> row : entry.getValue().entrySet()) {
        Optional<Kept.Unheard> unheard = row.getValue();
        if (unheard.isPresent()) {
          tables.unheard(head.number(), row.getKey(), unheard.get());
        } else {
          tables.heard(head.number(), row.getKey());
        }
      }
    }
  }
}
