// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import dev.rollcall.server.store.Store;
import java.time.Duration;
import java.util.Optional;

/**
 * Changes that the store did not take since it took one the last time. Nobody may try again for a
 * long time, so they count for a while only. From any thread.
 */
final class Refusals {
  static final Duration COUNT_FOR = Duration.ofSeconds(10);

  private volatile Optional<Row> row = Optional.empty();

  private record Row(long firstNanos, long lastNanos, Store.Failure why) {}

  /** The store did not take a change. */
  void note(Store.Failure why, long nowNanos) {
    boolean ofTheWholeStore =
        switch (why) {
          case CONFLICT, LEASE_RENEWED, UNREADABLE -> false;
          case FULL, UNAVAILABLE, OUTCOME_UNKNOWN -> true;
        };
    if (ofTheWholeStore) {
      long first = recent(nowNanos).map(Row::firstNanos).orElse(nowNanos);
      row = Optional.of(new Row(first, nowNanos, why));
    }
  }

  /** The store took a change. */
  void forget() {
    row = Optional.empty();
  }

  /** What they say. */
  Optional<StoreTrouble> now(long nowNanos) {
    return recent(nowNanos)
        .map(
            some ->
                new StoreTrouble(
                    some.why == Store.Failure.FULL
                        ? "the store has no room for changes"
                        : "the store takes no changes",
                    Duration.ofNanos(nowNanos - some.firstNanos)));
  }

  private Optional<Row> recent(long nowNanos) {
    return row.filter(some -> nowNanos - some.lastNanos < COUNT_FOR.toNanos());
  }
}
