// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The usable instances of one service at one moment, by id. Immutable.
 *
 * @param entries who is here
 * @param gone why those left who were in the set before this one
 */
record ServiceSet(Map<String, Entry> entries, Map<String, Cause> gone) {
  static final ServiceSet EMPTY = new ServiceSet(Map.of(), Map.of());

  /** An instance and why it is as it is. */
  record Entry(ServiceInstance instance, Cause cause) {}

  ServiceSet {
    entries = Collections.unmodifiableSortedMap(new TreeMap<>(entries));
    gone = Map.copyOf(gone);
  }

  List<ServiceInstance> instances() {
    return entries.values().stream().map(Entry::instance).toList();
  }

  /** The set after some came or changed and some left; this same set when nothing did. */
  ServiceSet changed(Collection<Entry> upserts, Map<String, Cause> removals) {
    SortedMap<String, Entry> now = new TreeMap<>(entries);
    Map<String, Cause> left = new HashMap<>();
    removals.forEach(
        (id, cause) -> {
          if (now.remove(id) != null) {
            left.put(id, cause);
          }
        });
    upserts.forEach(entry -> now.put(entry.instance().id(), entry));
    return sameInstances(now) ? this : new ServiceSet(now, left);
  }

  /** The set after a snapshot said that these are all. */
  ServiceSet replaced(Map<String, Entry> all) {
    Map<String, Cause> missing = new TreeMap<>();
    for (String id : new TreeSet<>(entries.keySet())) {
      if (!all.containsKey(id)) {
        missing.put(id, Cause.UNSEEN);
      }
    }
    return changed(all.values(), missing);
  }

  private boolean sameInstances(SortedMap<String, Entry> other) {
    return instances().equals(other.values().stream().map(Entry::instance).toList());
  }
}
