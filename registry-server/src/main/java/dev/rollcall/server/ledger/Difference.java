// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.ServiceView;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How one record differs between two catalogs, told as the change that would have led there: for
 * parts that follow changes when it is not known which ones there were.
 *
 * @param before the record in the older catalog; null: there was none
 */
record Difference(@Nullable Registration before, Commit commit) {
  /** All of them. */
  static List<Difference> between(Catalog older, Catalog newer, Instant now) {
    List<Difference> all = new ArrayList<>();
    for (ServiceView service : older.services().values()) {
      for (Registration before : service.instances().values()) {
        if (newer.find(before.key()) == null) {
          Cause cause = new Cause(Cause.Kind.RECOVERED, "not in the store any more", "", now);
          all.add(of(newer, before, new Change.Remove(before.key(), cause)));
        }
      }
    }
    for (ServiceView service : newer.services().values()) {
      for (Registration after : service.instances().values()) {
        Registration before = older.find(after.key());
        if (!after.equals(before)) {
          all.add(of(newer, before, new Change.Put(after)));
        }
      }
    }
    return all;
  }

  private static Difference of(Catalog newer, @Nullable Registration before, Change change) {
    return new Difference(
        before, new Commit(newer.position(), before != null && before.usable(), change));
  }
}
