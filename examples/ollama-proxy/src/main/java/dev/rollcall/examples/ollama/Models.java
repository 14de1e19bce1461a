// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The models of one Ollama: in the registry the labels {@code models} and {@code loaded}, names
 * with commas between them; a long list goes on in {@code models.2} and so on. Immutable.
 *
 * @param pulled on its disk
 * @param loaded in its memory
 */
record Models(Set<String> pulled, Set<String> loaded) {
  private static final String PULLED = "models";
  private static final String LOADED = "loaded";

  /** Of the 4 KiB that a label may have. */
  private static final int MOST_CHARACTERS = 4_000;

  /** Of the 32 KiB that all labels may have. */
  private static final int MOST_LABELS = 7;

  Models {
    pulled = Set.copyOf(pulled);
    loaded = Set.copyOf(loaded);
  }

  static Models of(Map<String, String> labels) {
    Stream<String> pulled =
        labels.entrySet().stream()
            .filter(one -> one.getKey().equals(PULLED) || one.getKey().startsWith(PULLED + "."))
            .flatMap(one -> names(one.getValue()));
    Set<String> loaded = names(labels.getOrDefault(LOADED, "")).collect(Collectors.toSet());
    return new Models(Stream.concat(pulled, loaded.stream()).collect(Collectors.toSet()), loaded);
  }

  private static Stream<String> names(String list) {
    return Stream.of(list.split(",", -1))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .map(Models::whole);
  }

  /** The same in the registry's labels. */
  Map<String, String> labels() {
    Map<String, String> labels = new HashMap<>(labels(PULLED, pulled, MOST_LABELS));
    labels.putAll(labels(LOADED, loaded, 1));
    return labels;
  }

  private static Map<String, String> labels(String key, Set<String> names, int most) {
    List<StringBuilder> parts = new ArrayList<>(List.of(new StringBuilder()));
    for (String name : new TreeSet<>(names)) {
      StringBuilder part = parts.get(parts.size() - 1);
      if (part.length() + name.length() > MOST_CHARACTERS) {
        part = new StringBuilder();
        parts.add(part);
      }
      part.append(part.isEmpty() ? "" : ",").append(name);
    }
    Map<String, String> labels = new TreeMap<>();
    for (int i = 0; i < Math.min(parts.size(), most); i++) {
      labels.put(i == 0 ? key : key + "." + (i + 1), parts.get(i).toString());
    }
    return labels;
  }

  boolean has(String model) {
    return pulled.contains(whole(model));
  }

  boolean hasLoaded(String model) {
    return loaded.contains(whole(model));
  }

  /** A name with what Ollama takes for granted: {@code LLaMa3} is {@code llama3:latest}. */
  static String whole(String name) {
    String rest = name.strip().toLowerCase(Locale.ROOT);
    for (String prefix : List.of("https://", "http://", "registry.ollama.ai/", "library/")) {
      rest = rest.startsWith(prefix) ? rest.substring(prefix.length()) : rest;
    }
    return rest.indexOf(':', rest.lastIndexOf('/') + 1) < 0 ? rest + ":latest" : rest;
  }
}
