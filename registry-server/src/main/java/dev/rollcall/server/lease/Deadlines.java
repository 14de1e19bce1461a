// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.lease;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Leases by the time at which they must be looked at: a timing wheel with lazy moves (Varghese and
 * Lauck, 1987, scheme 6). A beat moves nothing here; a lease whose time has come is looked at, and
 * filed again under its new end if it was heard meanwhile. So a lease costs one look for each of
 * its terms, however often it beats. Runs on the lease loop.
 */
final class Deadlines {
  private static final long BUCKET_MILLIS = 100;

  private final TreeMap<Long, List<Held>> buckets = new TreeMap<>();

  /** Files a lease. */
  void add(Held held, long atMillis) {
    buckets
        .computeIfAbsent(Math.floorDiv(atMillis, BUCKET_MILLIS), b -> new ArrayList<>())
        .add(held);
  }

  /** Takes out every lease whose time has come. */
  void due(long nowMillis, Consumer<Held> look) {
    long now = Math.floorDiv(nowMillis, BUCKET_MILLIS);
    while (!buckets.isEmpty() && buckets.firstKey() < now) {
      buckets.pollFirstEntry().getValue().forEach(look);
    }
  }
}
