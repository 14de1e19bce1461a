// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import org.jspecify.annotations.Nullable;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * All settings of a namespace. Immutable, and cheap to change.
 *
 * @param byKey ordered by key
 * @param bytes the size of all keys and values
 */
public record Settings(PSortedMap<String, Setting> byKey, long bytes) {
  /** No settings. */
  public static final Settings NONE = new Settings(TreePMap.empty(), 0);

  /** The setting of a key, or null. */
  public @Nullable Setting find(String key) {
    return byKey.get(key);
  }

  /** The first key that may begin with a prefix is not before this one. */
  public Iterable<Setting> from(String prefix) {
    return prefix.isEmpty() ? byKey.values() : byKey.tailMap(prefix).values();
  }

  Settings with(Setting now) {
    return new Settings(byKey.plus(now.key(), now), bytes - sizeOf(now.key()) + now.bytes());
  }

  Settings without(String key) {
    return new Settings(byKey.minus(key), bytes - sizeOf(key));
  }

  private int sizeOf(String key) {
    Setting known = byKey.get(key);
    return known == null ? 0 : known.bytes();
  }
}
