// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.server.testing.Journal.Item;
import dev.rollcall.server.testing.Journal.Leaving;
import dev.rollcall.server.testing.Journal.Left;
import dev.rollcall.server.testing.Journal.Place;
import dev.rollcall.server.testing.Journal.Read;
import dev.rollcall.server.testing.Journal.Registered;
import dev.rollcall.server.testing.Journal.Told;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Judges what clients were told, after the fact and knowing nothing of the server:
 *
 * <ul>
 *   <li>revisions: within an epoch each belongs to one change, and later changes get higher ones;
 *       nobody meets an epoch again that was followed by another
 *   <li>acknowledged: what was answered OK is in the end there, or a newer epoch began
 *   <li>function: the same position means the same state, at any server and at any time; what a
 *       watch told comes to what Get answers
 *   <li>order: positions of a watch rise, nothing is told twice, a new epoch is a snapshot
 *   <li>resume: nothing that was kept up to a position is missing there
 *   <li>final: in the end every watch holds what Get answers
 *   <li>living: nobody who lives is taken off or left out
 *   <li>fencing: what was taken off comes back only by another registration
 *   <li>once: a request that is sent again has one effect
 * </ul>
 */
public final class Checker {
  private final Facts facts;
  private final Set<String> split;
  private final Map<Told, Map<String, Item>> folds;
  private final List<String> wrong = new ArrayList<>();

  private Checker(Journal journal, Set<String> split) {
    this.facts = new Facts(journal, split);
    this.split = split;
    this.folds = facts.folds();
  }

  /** What is wrong; empty: nothing. */
  public static List<String> violations(Journal journal) {
    return violations(journal, Set.of());
  }

  /**
   * The same.
   *
   * @param split epochs that two stores went on with at once: there only the nonce tells positions
   *     apart
   */
  public static List<String> violations(Journal journal, Set<String> split) {
    Checker checker = new Checker(journal, split);
    checker.revisions();
    checker.acknowledged();
    checker.function();
    checker.order();
    checker.complete();
    checker.last();
    checker.living();
    checker.fencing();
    checker.once();
    return checker.wrong;
  }

  private void wrong(String what, String format, Object... values) {
    wrong.add(what + ": " + format.formatted(values));
  }

  private void revisions() {
    Map<String, String> owners = new HashMap<>();
    for (Registered registered : facts.all(Registered.class)) {
      own(owners, registered.epoch(), registered.revision(), registered.id());
    }
    for (Left left : facts.all(Left.class)) {
      own(owners, left.epoch(), left.revision(), left.id() + " leaves");
    }
    for (Told told : folds.keySet()) {
      told.put().forEach(item -> own(owners, told.to().epoch(), item.revision(), item.id()));
    }
    later();
    Map<String, List<String>> met = new HashMap<>();
    for (Told told : folds.keySet()) {
      List<String> before = met.computeIfAbsent(told.stream(), s -> new ArrayList<>());
      String epoch = told.to().epoch();
      if (before.contains(epoch) && !before.get(before.size() - 1).equals(epoch)) {
        wrong("revisions", "%s meets epoch %s again", told.stream(), epoch);
      } else if (!before.contains(epoch)) {
        before.add(epoch);
      }
    }
  }

  private void own(Map<String, String> owners, String epoch, long revision, String owner) {
    String before = owners.putIfAbsent(epoch + "." + revision, owner);
    if (before != null && !before.equals(owner) && !split.contains(epoch)) {
      wrong("revisions", "%d of %s is of %s and of %s", revision, epoch, before, owner);
    }
  }

  /** A change that was asked for after another was answered comes after it. */
  private void later() {
    List<Registered> all = facts.all(Registered.class);
    Set<String> known = new HashSet<>();
    for (int i = 0; i < all.size(); i++) {
      Registered b = all.get(i);
      if (!known.add(b.epoch() + b.revision() + b.id()) || split.contains(b.epoch())) {
        continue;
      }
      for (int j = 0; j < i; j++) {
        Registered a = all.get(j);
        boolean before = a.at() < b.invoked() && a.epoch().equals(b.epoch());
        if (before && a.revision() > b.revision() && !a.id().equals(b.id()) && isNew(b)) {
          wrong("revisions", "%s was answered before %s was asked for", a, b);
        }
      }
    }
  }

  /** Whether nobody had heard of this revision before it was asked for. */
  private boolean isNew(Registered registered) {
    return folds.keySet().stream()
        .filter(told -> told.at() < registered.invoked())
        .flatMap(told -> told.put().stream())
        .noneMatch(i -> i.id().equals(registered.id()) && i.revision() == registered.revision());
  }

  private void acknowledged() {
    for (Read last : facts.lastReads().values()) {
      for (Registered registered : facts.all(Registered.class)) {
        boolean left =
            Stream.concat(
                    facts.all(Leaving.class).stream().map(Leaving::id),
                    removals().filter(id -> !facts.stays(id)))
                .anyMatch(id -> id.equals(registered.id()));
        Item item = last.state().get(registered.id());
        boolean kept = item != null && item.revision() >= registered.revision();
        if (!kept && !left && registered.epoch().equals(last.place().epoch())) {
          wrong("acknowledged", "%s is not in %s at %s", registered, item, last.place());
        }
      }
    }
  }

  private Stream<String> removals() {
    return folds.keySet().stream().flatMap(told -> told.removed().keySet().stream());
  }

  private void function() {
    Map<String, Map<String, Item>> states = new HashMap<>();
    folds.forEach((told, state) -> function(states, told.to(), state, told.stream()));
    for (Read read : facts.all(Read.class)) {
      function(states, read.place(), read.state(), read.server());
    }
  }

  private void function(
      Map<String, Map<String, Item>> states, Place place, Map<String, Item> state, String who) {
    boolean inSplit = split.contains(place.epoch());
    if (inSplit && place.nonce() == 0) {
      return;
    }
    String key = place.epoch() + "." + place.revision() + (inSplit ? "." + place.nonce() : "");
    Map<String, Item> before = states.putIfAbsent(key, state);
    if (before != null && !before.equals(state)) {
      wrong("function", "%s means for %s %s, elsewhere %s", key, who, state, before);
    }
  }

  private void order() {
    Map<String, Told> last = new HashMap<>();
    for (Told told : folds.keySet()) {
      Told before = last.put(told.stream(), told);
      if (before == null) {
        continue;
      }
      Place from = before.to();
      if (!from.epoch().equals(told.to().epoch())) {
        if (!told.snapshot()) {
          wrong("order", "%s goes on in another epoch without a snapshot: %s", told.stream(), told);
        }
      } else if (told.to().revision() < from.revision()) {
        wrong("order", "%s goes back from %s to %s", told.stream(), from, told.to());
      } else if (!told.snapshot() && told.put().stream().anyMatch(i -> !within(i, from, told))) {
        wrong("order", "%s after %s is told what is not of there: %s", told.stream(), from, told);
      }
    }
  }

  private static boolean within(Item item, Place from, Told told) {
    return item.revision() > from.revision() && item.revision() <= told.to().revision();
  }

  /** What a watch holds at a position is no older than what is known to be kept up to there. */
  private void complete() {
    Map<String, NavigableMap<Long, String>> puts = new HashMap<>();
    for (Registered registered : facts.all(Registered.class)) {
      note(puts, registered.epoch(), registered.id(), registered.revision());
    }
    for (Told told : folds.keySet()) {
      told.put().forEach(item -> note(puts, told.to().epoch(), item.id(), item.revision()));
    }
    folds.forEach(
        (told, state) -> {
          for (Item item : state.values()) {
            String key = told.to().epoch() + "/" + item.id();
            Long newest = puts.getOrDefault(key, new TreeMap<>()).floorKey(told.to().revision());
            if (newest != null && newest > item.revision() && !split.contains(told.to().epoch())) {
              wrong("resume", "%s at %s lacks %s at %d", told.stream(), told.to(), item, newest);
            }
          }
        });
  }

  private static void note(
      Map<String, NavigableMap<Long, String>> puts, String epoch, String id, long revision) {
    puts.computeIfAbsent(epoch + "/" + id, k -> new TreeMap<>()).put(revision, id);
  }

  private void last() {
    Map<String, Map<String, Item>> held = new HashMap<>();
    folds.forEach((told, state) -> held.put(told.stream(), state));
    for (Read read : facts.lastReads().values()) {
      held.forEach(
          (stream, state) -> {
            if (facts.isRead(stream) && !state.equals(read.state())) {
              wrong("final", "%s holds %s, %s is %s", stream, state, read.server(), read.state());
            }
          });
    }
  }

  private void living() {
    for (Told told : folds.keySet()) {
      told.removed().keySet().stream()
          .filter(id -> facts.lives(id, told.at()))
          .forEach(id -> wrong("living", "%s was taken off: %s", id, told));
    }
    folds.forEach((told, state) -> leftOut(told.to(), told.at(), state, told.stream()));
    for (Read read : facts.all(Read.class)) {
      leftOut(read.place(), read.at(), read.state(), read.server());
    }
  }

  private void leftOut(Place place, long at, Map<String, Item> state, String who) {
    Set<String> missing =
        facts.all(Registered.class).stream()
            .filter(registered -> registered.at() < at && !state.containsKey(registered.id()))
            .filter(
                registered -> facts.isAfter(place, registered) && facts.lives(registered.id(), at))
            .map(Registered::id)
            .collect(Collectors.toSet());
    if (!missing.isEmpty()) {
      wrong("living", "%s is not told of %s at %s", who, missing, place);
    }
  }

  private void fencing() {
    for (Left left : facts.all(Left.class)) {
      boolean again =
          facts.all(Registered.class).stream()
              .anyMatch(r -> r.id().equals(left.id()) && r.at() > left.invoked());
      folds.forEach(
          (told, state) -> {
            Registered end = new Registered("", left.id(), left.epoch(), left.revision(), 0, 0);
            if (!again && state.containsKey(left.id()) && facts.isAfter(told.to(), end)) {
              wrong("fencing", "%s is back at %s: %s", left, told.to(), told.stream());
            }
          });
    }
  }

  private void once() {
    Map<String, Registered> first = new HashMap<>();
    for (Registered registered : facts.all(Registered.class)) {
      Registered before =
          first.putIfAbsent(registered.request() + "@" + registered.epoch(), registered);
      if (before != null && before.revision() != registered.revision()) {
        wrong("once", "%s and %s are answers to one request", before, registered);
      }
    }
  }
}
