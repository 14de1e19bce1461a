// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.store.LeaseTable;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * How much of a lease is left when two beats were missed. A shared store knows when leases end, not
 * how long they last, so it counts those that end within one time for all of a namespace: two
 * fifths of a term that nine leases of ten have or exceed. Of the tenth that is shorter, some may
 * be counted that beat in time; they cannot make up what is taken for everybody's silence.
 *
 * <p>Looks at all leases, so not at every change. On the lease loop.
 */
final class MissedBeats {
  private static final Duration KNOWN_FOR = Duration.ofSeconds(5);
  private static final double SHORTER = 0.1;

  private final Map<String, Known> known = new HashMap<>();

  private record Known(Position position, long nanos, Duration left) {}

  /** What ends within this has missed two beats. */
  Duration left(Catalog catalog, long nowNanos) {
    Known before = known.get(catalog.namespace());
    if (before != null
        && (before.position.equals(catalog.position())
            || nowNanos - before.nanos < KNOWN_FOR.toNanos())) {
      return before.left;
    }
    Duration left = term(catalog).multipliedBy(2).dividedBy(5);
    known.put(catalog.namespace(), new Known(catalog.position(), nowNanos, left));
    return left;
  }

  private static Duration term(Catalog catalog) {
    TreeMap<Duration, Integer> terms = new TreeMap<>();
    for (ServiceView service : catalog.services().values()) {
      for (Registration registration : service.instances().values()) {
        terms.merge(registration.instance().leaseTtl(), 1, Integer::sum);
      }
    }
    int shorter = 0;
    for (Map.Entry<Duration, Integer> term : terms.entrySet()) {
      shorter += term.getValue();
      if (shorter > SHORTER * catalog.instances()) {
        return term.getKey();
      }
    }
    return LeaseTable.USUAL_TERM;
  }
}
