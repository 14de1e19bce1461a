// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import java.util.List;
import java.util.Map;

/**
 * What a store held when it was opened.
 *
 * @param clockMillis the leases' clock as last remembered; 0 in a new store
 * @param clockWallMillis the wall clock at that moment, milliseconds since 1970; 0 in a new store
 * @param newborn whether a store that servers share holds nothing yet, or nothing that is not quite
 *     new: it may have been emptied just now
 */
public record Kept(
    List<Namespace> namespaces, long clockMillis, long clockWallMillis, boolean newborn) {
  /**
   * One namespace.
   *
   * @param log the newest commits of its present epoch up to the catalog's position, oldest first,
   *     without a gap; as many as a ring of recent changes can hold
   * @param unheard leases of listed instances that were not heard since the server started
   */
  public record Namespace(Catalog catalog, List<Commit> log, Map<InstanceKey, Unheard> unheard) {}

  /**
   * A lease that was not heard since a start of the server.
   *
   * @param sinceMillis the leases' clock at that start
   * @param graceMillis what the outage before that start adds to the lease
   */
  public record Unheard(long sinceMillis, long graceMillis) {}

  /** Copies the list. */
  public Kept {
    namespaces = List.copyOf(namespaces);
  }

  /** Of a store that nobody else can have emptied. */
  public Kept(List<Namespace> namespaces, long clockMillis, long clockWallMillis) {
    this(namespaces, clockMillis, clockWallMillis, false);
  }
}
