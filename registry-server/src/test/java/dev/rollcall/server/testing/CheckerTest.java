// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.testing.Journal.Event;
import dev.rollcall.server.testing.Journal.Item;
import dev.rollcall.server.testing.Journal.Leaving;
import dev.rollcall.server.testing.Journal.Left;
import dev.rollcall.server.testing.Journal.Place;
import dev.rollcall.server.testing.Journal.Read;
import dev.rollcall.server.testing.Journal.Registered;
import dev.rollcall.server.testing.Journal.Told;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The checker finds nothing in a history as it should be, and each mistake of a server in others.
 */
final class CheckerTest {
  private static final Duration TTL = Duration.ofNanos(100);

  private static Item item(String id, long revision) {
    return new Item(id, revision, id + "@" + revision);
  }

  private static Registered registered(String request, String epoch, long revision, long at) {
    String id = request.substring(0, request.indexOf('#'));
    return new Registered(request, id, epoch, revision, at - 5, at);
  }

  private static Told told(String stream, Place from, Place to, boolean snapshot, long at) {
    return new Told(stream, 1, from, to, snapshot, List.of(), Map.of(), at);
  }

  private static Told with(Told told, Item... put) {
    return new Told(
        told.stream(),
        told.session(),
        told.from(),
        told.to(),
        told.snapshot(),
        List.of(put),
        told.removed(),
        told.at());
  }

  private static Told without(Told told, String id, String cause) {
    return new Told(
        told.stream(),
        told.session(),
        told.from(),
        told.to(),
        told.snapshot(),
        told.put(),
        Map.of(id, cause),
        told.at());
  }

  private static Place e1(long revision) {
    return new Place("e1", revision, revision * 7);
  }

  private static Place e2(long revision) {
    return new Place("e2", revision, revision * 7);
  }

  private static Read read(String server, Place place, long at, Item... items) {
    Map<String, Item> state = new TreeMap<>();
    for (Item item : items) {
      state.put(item.id(), item);
    }
    return new Read(server, new Place(place.epoch(), place.revision(), 0), state, at);
  }

  /** Two servers, a watch at each: two register, a guest comes and goes, and a new epoch begins. */
  private static List<Event> history() {
    Place none = new Place("", 0, 0);
    List<Event> all = new ArrayList<>();
    all.add(registered("a#1", "e1", 1, 10));
    all.add(registered("b#1", "e1", 2, 20));
    for (String stream : List.of("w1", "w2")) {
      all.add(with(told(stream, none, e1(2), true, 25), item("a", 1), item("b", 2)));
    }
    all.add(registered("g#1", "e1", 3, 40));
    all.add(with(told("w1", e1(2), e1(3), false, 41), item("g", 3)));
    all.add(with(told("w2", e1(2), e1(3), false, 42), item("g", 3)));
    all.add(new Leaving("g", 50));
    all.add(new Left("g", "e1", 4, 51, 55));
    all.add(without(told("w1", e1(3), e1(4), false, 56), "g", "DEREGISTERED"));
    all.add(without(told("w2", e1(3), e1(4), false, 57), "g", "DEREGISTERED"));
    all.add(registered("a#2", "e1", 5, 70));
    all.add(with(told("w1", e1(4), e1(5), false, 71), item("a", 5)));
    all.add(with(told("w2", e1(4), e1(5), false, 72), item("a", 5)));
    all.add(registered("a#2", "e1", 5, 80));
    all.add(new Journal.Beaten("b", TTL, 82, 85));
    for (String stream : List.of("w1", "w2")) {
      all.add(with(told(stream, e1(5), e2(8), true, 100), item("a", 7), item("b", 8)));
    }
    all.add(read("s1", e2(8), 120, item("a", 7), item("b", 8)));
    all.add(read("s2", e2(8), 121, item("a", 7), item("b", 8)));
    return all;
  }

  private static List<String> violations(List<Event> events) {
    Journal journal = new Journal();
    journal.resident("a");
    events.forEach(journal::add);
    return Checker.violations(journal);
  }

  @Test
  void historyAsItShouldBe_isClean() {
    assertThat(violations(history())).isEmpty();
  }

  /** A mistake: what became of the history's events in place i, counted from 0. */
  private static Arguments mistake(String name, String found, UnaryOperator<List<Event>> made) {
    return Arguments.of(name, found, made);
  }

  private static UnaryOperator<List<Event>> set(int index, Event event) {
    return events -> {
      events.set(index, event);
      return events;
    };
  }

  private static UnaryOperator<List<Event>> add(Event... more) {
    return events -> {
      events.addAll(List.of(more));
      return events;
    };
  }

  static Stream<Arguments> mistakes() {
    Told snapshot = with(told("w2", e1(5), e2(8), true, 100), item("a", 7), item("b", 8));
    return Stream.of(
        mistake("lost acknowledgement", "acknowledged", add(registered("c#1", "e2", 9, 110))),
        mistake("one revision twice", "revisions", set(1, registered("b#1", "e1", 1, 20))),
        mistake("a later change before", "revisions", add(registered("z#1", "e1", 0, 90))),
        mistake("an old epoch again", "revisions", add(told("w1", e2(8), e1(5), true, 130))),
        mistake(
            "out of order",
            "order",
            set(7, with(told("w1", e1(3), e1(1), false, 56), item("q", 1)))),
        mistake(
            "told twice",
            "order",
            set(12, with(told("w1", e1(4), e1(5), false, 71), item("b", 2)))),
        mistake(
            "other epoch without a snapshot",
            "order",
            set(17, with(told("w2", e1(5), e2(8), false, 100), item("a", 7), item("b", 8)))),
        mistake("empty push", "living", set(17, told("w2", e1(5), e2(8), true, 100))),
        mistake("one left out", "living", set(17, with(snapshot, item("b", 8)))),
        mistake(
            "two states at one position",
            "function",
            set(17, with(snapshot, item("a", 7), new Item("b", 8, "another")))),
        mistake("watch and Get differ", "function", set(18, read("s1", e2(8), 120, item("a", 7)))),
        mistake("missing removal", "function", set(10, told("w2", e1(3), e1(4), false, 57))));
  }

  static Stream<Arguments> mistakesAboutWhoIsThere() {
    Told snapshot = with(told("w2", e1(5), e2(8), true, 100), item("a", 7), item("b", 8));
    return Stream.of(
        mistake(
            "a living one taken off",
            "living",
            add(without(told("w1", e2(8), e2(9), false, 118), "b", "LEASE_EXPIRED"))),
        mistake(
            "a resident taken off",
            "living",
            add(without(told("w1", e2(8), e2(9), false, 500), "a", "LEASE_EXPIRED"))),
        mistake(
            "deleted and back",
            "fencing",
            set(17, with(snapshot, item("a", 7), item("b", 8), new Item("g", 6, "back")))),
        mistake("resumed with a gap", "resume", set(13, told("w2", e1(4), e1(5), false, 72))),
        mistake("sent again, done twice", "once", set(14, registered("a#2", "e1", 6, 80))),
        mistake("stands still", "final", add(read("s1", e2(9), 140, item("a", 7), item("b", 9)))),
        mistake(
            "never told",
            "final",
            events -> {
              events.removeIf(e -> e instanceof Told t && t.stream().equals("w2") && t.at() > 90);
              return events;
            }));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource({"mistakes", "mistakesAboutWhoIsThere"})
  void mistakeOfAServer_isFound(String name, String found, UnaryOperator<List<Event>> made) {
    assertThat(violations(made.apply(history())))
        .as(name)
        .anyMatch(violation -> violation.startsWith(found + ":"));
  }
}
