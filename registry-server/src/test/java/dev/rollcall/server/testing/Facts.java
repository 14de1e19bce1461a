// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.server.testing.Journal.Beaten;
import dev.rollcall.server.testing.Journal.Event;
import dev.rollcall.server.testing.Journal.Item;
import dev.rollcall.server.testing.Journal.Leaving;
import dev.rollcall.server.testing.Journal.Left;
import dev.rollcall.server.testing.Journal.Place;
import dev.rollcall.server.testing.Journal.Read;
import dev.rollcall.server.testing.Journal.Registered;
import dev.rollcall.server.testing.Journal.Told;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What follows from a journal by itself: what each watch held, and who lived when. */
final class Facts {
  private final Set<String> residents;
  private final Set<String> ended;
  private final List<Event> events;
  private final Set<String> split;

  /** What each stream held after each of its messages. */
  private final Map<Told, Map<String, Item>> folds = new LinkedHashMap<>();

  /** Epochs by when they were first heard of. */
  private final List<String> epochs = new ArrayList<>();

  Facts(Journal journal, Set<String> split) {
    this.residents = journal.residents();
    this.ended = journal.ended();
    this.events = journal.events();
    this.split = split;
    fold();
  }

  Map<Told, Map<String, Item>> folds() {
    return folds;
  }

  boolean isRead(String stream) {
    return !ended.contains(stream);
  }

  boolean stays(String id) {
    return residents.contains(id);
  }

  <T extends Event> List<T> all(Class<T> type) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }

  private void fold() {
    Map<String, Map<String, Item>> held = new HashMap<>();
    for (Told told : all(Told.class)) {
      Map<String, Item> now =
          told.snapshot()
              ? new TreeMap<>()
              : new TreeMap<>(held.getOrDefault(told.stream(), Map.of()));
      told.removed().keySet().forEach(now::remove);
      told.put().forEach(item -> now.put(item.id(), item));
      held.put(told.stream(), now);
      folds.put(told, now);
    }
    events.forEach(event -> noteEpoch(epochOf(event)));
  }

  private void noteEpoch(String epoch) {
    if (!epoch.isEmpty() && !epochs.contains(epoch)) {
      epochs.add(epoch);
    }
  }

  private static String epochOf(Event event) {
    return event instanceof Told told
        ? told.to().epoch()
        : event instanceof Read read
            ? read.place().epoch()
            : event instanceof Registered registered
                ? registered.epoch()
                : event instanceof Left left ? left.epoch() : "";
  }

  Map<String, Read> lastReads() {
    Map<String, Read> last = new TreeMap<>();
    all(Read.class).forEach(read -> last.put(read.server(), read));
    return last;
  }

  /** Whether a place comes after a registration, as far as clients can know. */
  boolean isAfter(Place place, Registered registered) {
    return place.epoch().equals(registered.epoch())
        ? place.revision() >= registered.revision() && !split.contains(place.epoch())
        : epochs.indexOf(place.epoch()) > epochs.indexOf(registered.epoch());
  }

  boolean lives(String id, long at) {
    boolean leaving = all(Leaving.class).stream().anyMatch(l -> l.id().equals(id) && l.at() < at);
    return !leaving
        && (residents.contains(id)
            || all(Beaten.class).stream()
                .anyMatch(
                    beat ->
                        beat.id().equals(id)
                            && beat.at() < at
                            && at < beat.invoked() + beat.ttl().toNanos()));
  }
}
