// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;
import org.pcollections.PSortedMap;
import org.pcollections.TreePMap;

/**
 * Everything known about one namespace at one position. Immutable, and cheap to change: the maps
 * are persistent trees, so the next catalog shares all but a path of nodes with this one and a
 * reader may keep any catalog for as long as it likes.
 *
 * @param services by name, ordered; only services with at least one instance
 * @param held which instances each lease holds
 * @param instances how many there are in all
 * @param settings of the namespace's configuration, which has a history, and so catalogs, of its
 *     own: a catalog holds instances or settings
 */
public record Catalog(
    String namespace,
    Position position,
    PSortedMap<String, ServiceView> services,
    PMap<LeaseKey, Set<InstanceKey>> held,
    int instances,
    Settings settings) {
  private static final Comparator<LeaseKey> BY_HASH = Comparator.comparing(LeaseKey::hash);

  /** The catalog of a namespace that nothing was ever written to. */
  public static Catalog unborn(String namespace) {
    return empty(namespace, Position.UNBORN);
  }

  /** A catalog without instances at a position. */
  public static Catalog empty(String namespace, Position position) {
    return new Catalog(
        namespace, position, TreePMap.empty(), TreePMap.empty(BY_HASH), 0, Settings.NONE);
  }

  /**
   * A catalog of all these records at a position: the same as adding them one by one in the order
   * of their revisions, without the catalogs in between.
   */
  public static Catalog of(String namespace, Position position, Collection<Registration> records) {
    // neither needs the other, and of a million records each takes seconds
    CompletableFuture<PMap<LeaseKey, Set<InstanceKey>>> held =
        CompletableFuture.supplyAsync(() -> held(records));
    PSortedMap<String, ServiceView> services = services(records);
    return new Catalog(namespace, position, services, held.join(), records.size(), Settings.NONE);
  }

  private static PSortedMap<String, ServiceView> services(Collection<Registration> records) {
    Map<String, SortedMap<String, Registration>> byService = new HashMap<>();
    for (Registration record : records) {
      Instance instance = record.instance();
      byService
          .computeIfAbsent(instance.service(), name -> new TreeMap<>())
          .put(instance.id(), record);
    }
    SortedMap<String, ServiceView> services = new TreeMap<>();
    byService.forEach((name, all) -> services.put(name, ServiceView.of(name, all)));
    return TreePMap.fromSortedMap(services);
  }

  private static PMap<LeaseKey, Set<InstanceKey>> held(Collection<Registration> records) {
    SortedMap<LeaseKey, Set<InstanceKey>> held = new TreeMap<>(BY_HASH);
    for (Registration record : records) {
      held.compute(record.lease(), (lease, keys) -> plus(keys, record.key()));
    }
    return TreePMap.fromSortedMap(held);
  }

  /** Nearly every lease holds one. */
  private static Set<InstanceKey> plus(@Nullable Set<InstanceKey> keys, InstanceKey key) {
    if (keys == null) {
      return Set.of(key);
    }
    return (keys instanceof PSet<InstanceKey> many ? many : HashTreePSet.from(keys)).plus(key);
  }

  private static Set<InstanceKey> minus(Set<InstanceKey> keys, InstanceKey key) {
    return (keys instanceof PSet<InstanceKey> many ? many : HashTreePSet.from(keys)).minus(key);
  }

  /** A service's instances, or null if it has none in any status. */
  public @Nullable ServiceView service(String name) {
    return services.get(name);
  }

  /** The record of an instance, or null. */
  public @Nullable Registration find(InstanceKey key) {
    ServiceView service = services.get(key.service());
    return service == null ? null : service.instances().get(key.id());
  }

  /** The instances that a lease holds; empty if it holds none. */
  public Set<InstanceKey> heldBy(LeaseKey lease) {
    return held.getOrDefault(lease, Set.of());
  }

  /** This catalog with a record added or replaced. The record brings its own revision. */
  public Catalog with(Registration now, Position at) {
    InstanceKey key = now.key();
    Registration before = find(key);
    ServiceView service = services.getOrDefault(key.service(), ServiceView.empty(key.service()));
    PMap<LeaseKey, Set<InstanceKey>> leases =
        before == null || before.lease().equals(now.lease()) ? held : released(before);
    Set<InstanceKey> keys = leases.get(now.lease());
    return new Catalog(
        namespace,
        at,
        services.plus(key.service(), service.with(now, at.revision())),
        keys != null && keys.contains(key) ? leases : leases.plus(now.lease(), plus(keys, key)),
        before == null ? instances + 1 : instances,
        settings);
  }

  /** This catalog without a record. Removing what is not there only moves the position. */
  public Catalog without(InstanceKey key, Position at) {
    Registration before = find(key);
    ServiceView service = services.get(key.service());
    if (before == null || service == null) {
      return new Catalog(namespace, at, services, held, instances, settings);
    }
    ServiceView rest = service.without(before, at.revision());
    return new Catalog(
        namespace,
        at,
        rest.instances().isEmpty()
            ? services.minus(key.service())
            : services.plus(key.service(), rest),
        released(before),
        instances - 1,
        settings);
  }

  /** This catalog with a setting added or replaced. The setting brings its own revision. */
  public Catalog with(Setting now, Position at) {
    return new Catalog(namespace, at, services, held, instances, settings.with(now));
  }

  /** This catalog without a setting. Removing what is not there only moves the position. */
  public Catalog without(String setting, Position at) {
    return new Catalog(namespace, at, services, held, instances, settings.without(setting));
  }

  /** The same content at another position. */
  public Catalog at(Position position) {
    return new Catalog(namespace, position, services, held, instances, settings);
  }

  /** The revision of a record of any kind; 0: there is none. */
  public long revisionOf(InstanceKey key) {
    if (key.service().isEmpty()) {
      Setting setting = settings.find(key.id());
      return setting == null ? 0 : setting.revision();
    }
    Registration registration = find(key);
    return registration == null ? 0 : registration.revision();
  }

  private PMap<LeaseKey, Set<InstanceKey>> released(Registration gone) {
    Set<InstanceKey> keys = held.get(gone.lease());
    if (keys == null) {
      return held;
    }
    Set<InstanceKey> rest = minus(keys, gone.key());
    return rest.isEmpty() ? held.minus(gone.lease()) : held.plus(gone.lease(), rest);
  }
}
