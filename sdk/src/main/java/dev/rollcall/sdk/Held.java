// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.InstanceRef;
import dev.rollcall.sdk.ServiceSet.Entry;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Everything that a watch stream has told so far, complete at one position. Immutable.
 *
 * @param position where it stands in the registry's history; {@link Position#NONE} before the first
 *     complete snapshot
 * @param services the instances by service; a service without any may be missing
 * @param kept instances that only an older history knows, held while the registry is recovering
 */
record Held(Position position, Map<String, ServiceSet> services, Set<Kept> kept) {
  static final Held NOTHING = new Held(Position.NONE, Map.of(), Set.of());

  Held {
    services = Map.copyOf(services);
    kept = Set.copyOf(kept);
  }

  /** A place in a namespace's history. */
  record Position(String epoch, long revision, long nonce) {
    static final Position NONE = new Position("", -1, 0);

    boolean known() {
      return revision >= 0;
    }
  }

  /** Names an instance that is kept although the new history does not list it. */
  record Kept(String service, String id) {}

  /**
   * The same instances, without the claim to stand anywhere: the next message must be a snapshot.
   */
  Held unplaced() {
    return new Held(Position.NONE, services, kept);
  }

  /** A position that may be sent back: what is held is exactly what the registry showed there. */
  boolean resumable() {
    return kept.isEmpty() && !position.epoch().isEmpty();
  }

  ServiceSet service(String name) {
    return services.getOrDefault(name, ServiceSet.EMPTY);
  }

  /** After changes, in their order. */
  Held changed(Position to, Collection<Change> changes) {
    Map<String, Map<String, Entry>> upserts = new HashMap<>();
    Map<String, Map<String, Cause>> removals = new HashMap<>();
    Set<Kept> stillKept = new HashSet<>(kept);
    for (Change change : changes) {
      Cause cause = Wire.cause(change.getCause());
      if (change.hasUpsert()) {
        ServiceInstance instance = Wire.instance(change.getUpsert());
        of(upserts, instance.service()).put(instance.id(), new Entry(instance, cause));
        of(removals, instance.service()).remove(instance.id());
        stillKept.remove(new Kept(instance.service(), instance.id()));
      } else {
        InstanceRef ref = change.getRemoved();
        of(upserts, ref.getService()).remove(ref.getId());
        of(removals, ref.getService()).put(ref.getId(), cause);
        stillKept.remove(new Kept(ref.getService(), ref.getId()));
      }
    }
    Map<String, ServiceSet> now = new HashMap<>(services);
    removals.forEach((name, gone) -> now.put(name, service(name).changed(List.of(), gone)));
    upserts.forEach((name, in) -> now.put(name, merged(name, in, of(removals, name))));
    return new Held(to, now, stillKept);
  }

  private ServiceSet merged(String name, Map<String, Entry> in, Map<String, Cause> out) {
    return service(name).changed(in.values(), out);
  }

  /** After a complete snapshot: what it names, and nothing else. */
  Held replaced(Position to, Collection<Change> snapshot) {
    Map<String, Map<String, Entry>> all = bySnapshot(snapshot);
    Map<String, ServiceSet> now = new HashMap<>();
    services.forEach((name, set) -> now.put(name, set.replaced(of(all, name))));
    all.forEach((name, in) -> now.put(name, service(name).replaced(in)));
    return new Held(to, now, Set.of());
  }

  /** After a complete snapshot of a registry that is being refilled: the union of old and new. */
  Held united(Position to, Collection<Change> snapshot) {
    Map<String, Map<String, Entry>> all = bySnapshot(snapshot);
    Set<Kept> old = new HashSet<>();
    services.forEach(
        (name, set) ->
            set.entries().keySet().stream()
                .filter(id -> !of(all, name).containsKey(id))
                .forEach(id -> old.add(new Kept(name, id))));
    Map<String, ServiceSet> now = new HashMap<>(services);
    all.forEach((name, in) -> now.put(name, service(name).changed(in.values(), Map.of())));
    return new Held(to, now, old);
  }

  /** After recovery: what only the older history knew is gone. */
  Held withoutKept() {
    if (kept.isEmpty()) {
      return this;
    }
    Map<String, ServiceSet> now = new HashMap<>(services);
    for (Kept one : kept) {
      ServiceSet set = now.getOrDefault(one.service(), ServiceSet.EMPTY);
      now.put(one.service(), set.changed(List.of(), Map.of(one.id(), Cause.UNSEEN)));
    }
    return new Held(position, now, Set.of());
  }

  private static Map<String, Map<String, Entry>> bySnapshot(Collection<Change> snapshot) {
    Map<String, Map<String, Entry>> all = new HashMap<>();
    for (Change change : snapshot) {
      ServiceInstance instance = Wire.instance(change.getUpsert());
      of(all, instance.service())
          .put(instance.id(), new Entry(instance, Wire.cause(change.getCause())));
    }
    return all;
  }

  private static <V> Map<String, V> of(Map<String, Map<String, V>> map, String name) {
    return map.computeIfAbsent(name, key -> new HashMap<>());
  }
}
