// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values that many records have in common are held once: services, versions, zones, labels, health
 * checks. A place belongs to whoever came last, so there are never more of them, and what is not
 * found again is simply held twice. From any thread: the values are immutable, and if two come at
 * once it does not matter which one stays.
 */
final class SharedValues {
  private static final int PLACES = 1 << 14;

  private final @Nullable Object[] places = new @Nullable Object[PLACES];

  /** An equal value, if one is known. */
  @SuppressWarnings("unchecked")
  <T> T of(T value) {
    int hash = value.hashCode();
    int place = (hash ^ (hash >>> 14)) & (PLACES - 1);
    Object known = places[place];
    if (known != null && known.getClass() == value.getClass() && known.equals(value)) {
      return (T) known;
    }
    places[place] = value;
    return value;
  }

  /** The same for a map; its names are shared even where the rest is this one's alone. */
  Map<String, String> ofMap(Map<String, String> values) {
    if (values.isEmpty()) {
      return Map.of();
    }
    Map<String, String> named = new HashMap<>();
    values.forEach((name, value) -> named.put(of(name), value));
    return of(Map.copyOf(named));
  }
}
