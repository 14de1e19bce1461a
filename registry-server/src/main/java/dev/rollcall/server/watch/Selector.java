// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.catalog.View;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a follower follows.
 *
 * @param services exact names, ordered; empty: all services
 * @param ids how the ids that are followed begin; empty: all
 * @param exact whether there is nothing after that beginning
 */
public record Selector(SortedSet<String> services, View view, String ids, boolean exact) {
  /** Copies the names. */
  public Selector {
    services = java.util.Collections.unmodifiableSortedSet(new TreeSet<>(services));
  }

  /** These services, whatever the ids. */
  public Selector(SortedSet<String> services, View view) {
    this(services, view, "", false);
  }

  /** Everything of which the id begins like this. */
  public static Selector beginningWith(String prefix) {
    return new Selector(new TreeSet<>(), View.ALL, prefix, false);
  }

  /** The one thing that has this id. */
  public static Selector exactly(String id) {
    return new Selector(new TreeSet<>(), View.ALL, id, true);
  }

  /** Whether this id is followed, as far as ids decide. In order, those that are stand together. */
  boolean follows(String id) {
    return exact ? id.equals(ids) : id.startsWith(ids);
  }

  /** Whether every service is followed. */
  public boolean all() {
    return services.isEmpty();
  }
}
