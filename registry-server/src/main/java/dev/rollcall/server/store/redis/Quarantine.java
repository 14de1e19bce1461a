// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records and whole namespaces in Redis that cannot be read: somebody else wrote them, or another
 * version did. They are left alone and not served; the rest is. From any thread.
 */
final class Quarantine {
  private static final Logger log = LoggerFactory.getLogger(Quarantine.class);

  private record Place(String namespace, String id) {}

  private final Map<Place, Long> revisions = new ConcurrentHashMap<>();
  private final Map<String, String> namespaces = new ConcurrentHashMap<>();
  private final AtomicLong takenOut = new AtomicLong();

  /** Nothing of this namespace can be read. */
  void add(String namespace, String why) {
    if (!why.equals(namespaces.put(namespace, why))) {
      log.error(
          "namespace {} cannot be read, it is left out until that is mended: {}", namespace, why);
    }
  }

  /** This namespace can be read. */
  void release(String namespace) {
    if (!namespaces.isEmpty() && namespaces.remove(namespace) != null) {
      log.info("namespace {} can be read again", namespace);
    }
  }

  /** Whether nothing of this namespace can be read. */
  boolean holds(String namespace) {
    return namespaces.containsKey(namespace);
  }

  /** What cannot be read: a line for each namespace that cannot at all, and for each in part. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    new TreeMap<>(namespaces)
        .forEach((name, why) -> lines.add("namespace %s cannot be read: %s".formatted(name, why)));
    Map<String, Integer> records = new TreeMap<>();
    revisions.keySet().forEach(place -> records.merge(place.namespace(), 1, Integer::sum));
    records.forEach(
        (name, count) ->
            lines.add(
                count == 1
                    ? "1 record of namespace %s cannot be read and is left out".formatted(name)
                    : "%d records of namespace %s cannot be read and are left out"
                        .formatted(count, name)));
    return lines;
  }

  /** This record cannot be read. */
  void add(String namespace, String id, long revision, String why) {
    if (revisions.put(new Place(namespace, id), revision) == null) {
      log.warn(
          "the record {} of namespace {} cannot be read, it is left out: {}", id, namespace, why);
    }
  }

  /** It can be read, or is gone. */
  void release(String namespace, String id) {
    if (!revisions.isEmpty()) {
      revisions.remove(new Place(namespace, id));
    }
  }

  /** The revision of a record that cannot be read; 0: there is none. */
  long revision(String namespace, String id) {
    return revisions.isEmpty() ? 0 : revisions.getOrDefault(new Place(namespace, id), 0L);
  }

  /** Entries that nobody of us wrote were taken out of a log. */
  void tookOut(String namespace, String id, long entries) {
    takenOut.addAndGet(entries);
    log.warn(
        "{} entries that are not the registry's were taken out of the log of namespace {}, near {}",
        entries,
        namespace,
        id);
  }

  /** How many entries were taken out of logs. */
  long takenOut() {
    return takenOut.get();
  }

  /** How many records there are that cannot be read. */
  int size() {
    return revisions.size();
  }
}
