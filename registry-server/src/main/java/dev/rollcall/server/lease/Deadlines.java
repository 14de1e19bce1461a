// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.lease;

import java.util.HashSet;
import java.util.Set;
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

  private final TreeMap<Long, Set<Held>> buckets = new TreeMap<>();

  /** Files a lease. */
  void add(Held held, long atMillis) {
    held.bucket = Math.floorDiv(atMillis, BUCKET_MILLIS);
    buckets.computeIfAbsent(held.bucket, bucket -> new HashSet<>()).add(held);
  }

  /** Forgets a lease, if it is filed: one that was replaced must not be kept until its end. */
  void remove(Held held) {
    buckets.computeIfPresent(
        held.bucket,
        (bucket, filed) -> {
          filed.remove(held);
          return filed.isEmpty() ? null : filed;
        });
  }

  /** Takes out every lease whose time has come. */
  void due(long nowMillis, Consumer<Held> look) {
    long now = Math.floorDiv(nowMillis, BUCKET_MILLIS);
    while (!buckets.isEmpty() && buckets.firstKey() < now) {
      buckets.pollFirstEntry().getValue().forEach(look);
    }
  }

  /** How many leases are filed. */
  int size() {
    return buckets.values().stream().mapToInt(Set::size).sum();
  }
}
