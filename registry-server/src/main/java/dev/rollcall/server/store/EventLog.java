// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Commit;
import java.util.List;
import java.util.Set;

/** Reads a store's log of past changes. Blocks; from any thread. */
public interface EventLog {
  /**
   * Changes that match, newest first.
   *
   * @throws StoreException if the log cannot be read now
   */
  List<Commit> newestFirst(Query query);

  /**
   * Which changes. All conditions must hold.
   *
   * @param service empty: any
   * @param id empty: any
   * @param causes empty: any
   * @param sinceMillis only at or after this time, by the wall clock
   * @param untilMillis only before this time
   * @param beforeRevision only older ones
   * @param most at most this many
   */
  record Query(
      String namespace,
      String service,
      String id,
      Set<Cause.Kind> causes,
      long sinceMillis,
      long untilMillis,
      long beforeRevision,
      int most) {
    /** Copies the set. */
    public Query {
      causes = Set.copyOf(causes);
    }
  }
}
