// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.GetResponse;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.WatchResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the clients of one service asked and were told, in the order in which it came; {@link
 * Checker} judges it afterwards. All times are of System.nanoTime. From any thread.
 */
public final class Journal {
  /** Where a server said that it stands; nonce 0: it did not say. */
  public record Place(String epoch, long revision, long nonce) {}

  /** An instance as it was told: its revision, and all the rest of it. */
  public record Item(String id, long revision, String content) {}

  /** Anything that happened to a client. */
  public sealed interface Event permits Registered, Leaving, Left, Beaten, Told, Read {
    /** When it was over. */
    long at();
  }

  /** A registration was answered OK; the request is the same exactly if it was sent again. */
  public record Registered(
      String request, String id, String epoch, long revision, long invoked, long at)
      implements Event {}

  /** Somebody is about to take an instance off; whether that worked is not known yet. */
  public record Leaving(String id, long at) implements Event {}

  /** An instance was taken off. */
  public record Left(String id, String epoch, long revision, long invoked, long at)
      implements Event {}

  /** A heartbeat was answered OK. */
  public record Beaten(String id, Duration ttl, long invoked, long at) implements Event {}

  /**
   * A watch told a complete group of changes.
   *
   * @param session which of its calls this was, counted from 1
   * @param from where the client stood before
   * @param removed ids, each with the kind of its cause
   */
  public record Told(
      String stream,
      int session,
      Place from,
      Place to,
      boolean snapshot,
      List<Item> put,
      Map<String, String> removed,
      long at)
      implements Event {}

  /** A server listed the whole service. */
  public record Read(String server, Place place, Map<String, Item> state, long at)
      implements Event {}

  private final List<Event> events = new ArrayList<>();
  private final Set<String> residents = new HashSet<>();
  private final Set<String> ended = new HashSet<>();

  /** Notes something. */
  public synchronized void add(Event event) {
    events.add(event);
  }

  /** This instance lives, and means to stay, from its first registration to the end. */
  public synchronized void resident(String id) {
    residents.add(id);
  }

  /** Nobody reads this stream any more. */
  public synchronized void ended(String stream) {
    ended.add(stream);
  }

  /** The streams that nobody reads any more. */
  public synchronized Set<String> ended() {
    return Set.copyOf(ended);
  }

  /** Everything so far, in the order of its end. */
  public synchronized List<Event> events() {
    List<Event> sorted = new ArrayList<>(events);
    sorted.sort(Comparator.comparingLong(Event::at));
    return sorted;
  }

  /** Who stays. */
  public synchronized Set<String> residents() {
    return Set.copyOf(residents);
  }

  /** A group of messages of a watch, the last of which completes it. */
  public void told(String stream, int session, Place from, List<WatchResponse> messages) {
    WatchResponse last = messages.get(messages.size() - 1);
    Map<String, Item> put = new LinkedHashMap<>();
    Map<String, String> removed = new TreeMap<>();
    for (WatchResponse message : messages) {
      for (Change change : message.getChangesList()) {
        if (change.hasUpsert()) {
          put.put(change.getUpsert().getId(), item(change.getUpsert()));
          removed.remove(change.getUpsert().getId());
        } else {
          put.remove(change.getRemoved().getId());
          removed.put(change.getRemoved().getId(), change.getCause().getKind().name());
        }
      }
    }
    Place to = new Place(last.getEpoch(), last.getRevision(), last.getNonce());
    List<Item> items = List.copyOf(put.values());
    add(new Told(stream, session, from, to, last.getSnapshot(), items, removed, System.nanoTime()));
  }

  /** An answer that lists the whole service. */
  public void read(String server, GetResponse answer) {
    Place place = new Place(answer.getEpoch(), answer.getRevision(), 0);
    add(new Read(server, place, state(answer.getInstancesList()), System.nanoTime()));
  }

  /** Instances by id. */
  public static Map<String, Item> state(Collection<Instance> instances) {
    Map<String, Item> state = new TreeMap<>();
    instances.forEach(instance -> state.put(instance.getId(), item(instance)));
    return state;
  }

  private static Item item(Instance instance) {
    return new Item(instance.getId(), instance.getRevision(), instance.toString());
  }
}
