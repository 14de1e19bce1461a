// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values that many records have in common are held once: services, versions, zones, labels, health
 * checks. A place belongs to whoever came last, so there are never more of them, and what is not
 * found again is simply held twice. From any thread: the values are immutable, and if two come at
 * once it does not matter which one stays. What is long is not kept: it would outlive its records.
 */
final class SharedValues {
  private static final int PLACES = 1 << 14;
  private static final int LONGEST = 256;
  private static final int MOST_NAMES = 8;

  private final @Nullable Object[] places = new @Nullable Object[PLACES];

  /** An equal text, if one is known. */
  String ofText(String text) {
    return text.length() > LONGEST ? text : of(text);
  }

  /** An equal value, if one is known; only of what is small. */
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

  /** The same for a list of names. */
  List<String> ofList(List<String> names) {
    List<String> whole = names.stream().map(this::ofText).toList();
    return whole.size() > MOST_NAMES ? whole : of(whole);
  }

  /** The same for a map; its names are shared even where the rest is this one's alone. */
  Map<String, String> ofMap(Map<String, String> values) {
    if (values.isEmpty()) {
      return Map.of();
    }
    Map<String, String> named = new HashMap<>();
    int length = 0;
    for (Map.Entry<String, String> entry : values.entrySet()) {
      named.put(ofText(entry.getKey()), entry.getValue());
      length += entry.getKey().length() + entry.getValue().length();
    }
    Map<String, String> whole = Map.copyOf(named);
    return length > LONGEST ? whole : of(whole);
  }
}
