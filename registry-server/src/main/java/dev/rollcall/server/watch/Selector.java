// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.catalog.View;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a follower follows.
 *
 * @param services exact names, ordered; empty: all services
 * @param prefix of the ids that are followed; empty: all
 */
public record Selector(SortedSet<String> services, View view, String prefix) {
  /** Copies the names. */
  public Selector {
    services = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(services));
  }

  /** These services, whatever the ids. */
  public Selector(SortedSet<String> services, View view) {
    this(services, view, "");
  }

  /** Everything of which the id begins like this. */
  public static Selector beginningWith(String prefix) {
    return new Selector(new TreeSet<>(), View.ALL, prefix);
  }

  /** Whether every service is followed. */
  public boolean all() {
    return services.isEmpty();
  }
}
