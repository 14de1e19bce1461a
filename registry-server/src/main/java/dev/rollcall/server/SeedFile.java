// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Settings from a YAML document: {@code order/max-items: 7}, or the same nested, {@code order:}
 * with {@code max-items: 7} below it. Values are taken as text.
 */
final class SeedFile {
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final String file;

  private SeedFile(String file) {
    this.file = file;
  }

  /**
   * Flattens a document.
   *
   * @param file names it in errors
   * @throws UsageException if a value is neither text, a number, a truth value nor a mapping, or if
   *     a key comes twice
   */
  static Map<String, String> settings(String file, Map<?, ?> document) {
    SeedFile seed = new SeedFile(file);
    seed.add("", document);
    return seed.settings;
  }

  private void add(String prefix, Map<?, ?> mapping) {
    mapping.forEach(
        (name, value) -> {
          String key = prefix + name;
          if (value instanceof Map<?, ?> below) {
            add(key + "/", below);
          } else if (value == null || value instanceof Iterable) {
            throw UsageException.value(
                key + " in " + file, String.valueOf(value), "text, a number, true or false");
          } else if (settings.put(key, value.toString()) != null) {
            throw UsageException.value(key + " in " + file, "twice", "each key once");
          }
        });
  }
}
