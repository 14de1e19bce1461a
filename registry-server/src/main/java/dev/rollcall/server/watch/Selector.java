// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.catalog.View;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a follower follows.
 *
 * @param services exact names, ordered; empty: all services
 */
public record Selector(SortedSet<String> services, View view) {
  /** Copies the names. */
  public Selector {
    services = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(services));
  }

  /** Whether every service is followed. */
  public boolean all() {
    return services.isEmpty();
  }
}
