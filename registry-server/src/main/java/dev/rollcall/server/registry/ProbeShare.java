// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.probe.Prober;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Which instances this server probes. Alone, all of them; among replicas each instance has one
 * owner, by rendezvous hashing (Thaler and Ravishankar, 1998) over those that are present: when one
 * comes or goes only its share moves, and nobody has to agree on anything. For a moment two may
 * probe the same target, which does no harm.
 *
 * <p>On the lease loop; public methods from any thread.
 */
public final class ProbeShare {
  /** How long an instance of another's share is probed after its connection broke here. */
  private static final Duration BORROWED_FOR = Duration.ofSeconds(10);

  private final Loop loop;
  private final Ledgers ledgers;
  private final Prober prober;
  private final String self;
  private final Map<Place, Long> borrowedNanos = new HashMap<>();
  private volatile List<String> replicas = List.of();

  /**
   * @param self names this server among the replicas
   */
  public ProbeShare(Loop loop, Ledgers ledgers, Prober prober, String self) {
    this.loop = loop;
    this.ledgers = ledgers;
    this.prober = prober;
    this.self = self;
  }

  private record Place(String namespace, InstanceKey key) {}

  /** A record is new or another. */
  void mind(String namespace, Registration registration) {
    loop.execute(() -> share(namespace, registration));
  }

  /** A record is gone. */
  void forget(String namespace, InstanceKey key) {
    loop.execute(
        () -> {
          borrowedNanos.remove(new Place(namespace, key));
          prober.forget(namespace, key);
        });
  }

  /** An instance's connection broke here: it is probed from here at once, whoever owns it. */
  public void hurry(String namespace, InstanceKey key) {
    loop.execute(
        () -> {
          Registration registration = ledgers.catalog(namespace).find(key);
          if (registration != null && !owned(namespace, key)) {
            borrow(new Place(namespace, key), registration);
          }
          prober.hurry(namespace, key);
        });
  }

  /** Those that are present now. */
  void present(List<Instance> now) {
    List<String> ids = now.stream().map(Instance::id).toList();
    loop.execute(
        () -> {
          if (!ids.equals(replicas)) {
            replicas = ids;
            ledgers.born().forEach(this::share);
          }
        });
  }

  private void share(Catalog catalog) {
    List<Registration> probed = new ArrayList<>();
    for (var service : catalog.services().values()) {
      for (Registration registration : service.instances().values()) {
        if (registration.instance().healthCheck() != null) {
          probed.add(registration);
        }
      }
    }
    probed.forEach(registration -> share(catalog.namespace(), registration));
  }

  private void share(String namespace, Registration registration) {
    Place place = new Place(namespace, registration.key());
    if (owned(namespace, registration.key())) {
      borrowedNanos.remove(place);
      prober.mind(namespace, registration);
    } else if (borrowedNanos.containsKey(place)) {
      prober.mind(namespace, registration);
    } else {
      prober.forget(namespace, registration.key());
    }
  }

  private void borrow(Place place, Registration registration) {
    borrowedNanos.put(place, loop.nanoTime());
    prober.mind(place.namespace(), registration);
    loop.schedule(BORROWED_FOR, () -> giveBack(place));
  }

  private void giveBack(Place place) {
    Long since = borrowedNanos.get(place);
    if (since != null && loop.nanoTime() - since >= BORROWED_FOR.toNanos()) {
      borrowedNanos.remove(place);
      if (!owned(place.namespace(), place.key())) {
        prober.forget(place.namespace(), place.key());
      }
    }
  }

  private boolean owned(String namespace, InstanceKey key) {
    return owner(replicas, namespace, key, self).equals(self);
  }

  /** Which of the servers probes an instance. */
  public String owner(String namespace, InstanceKey key) {
    return owner(replicas, namespace, key, self);
  }

  /** Who probes an instance; {@code otherwise} where nobody is known to be present. */
  static String owner(List<String> replicas, String namespace, InstanceKey key, String otherwise) {
    String owner = otherwise;
    long best = Long.MIN_VALUE;
    for (String replica : replicas) {
      long weight = mix((replica + ' ' + namespace + ' ' + key).hashCode());
      if (weight > best || (weight == best && replica.compareTo(owner) > 0)) {
        owner = replica;
        best = weight;
      }
    }
    return owner;
  }

  /** Spreads a hash over all bits (the finalizer of MurmurHash3). */
  private static long mix(long hash) {
    long mixed = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ (mixed >>> 33);
  }
}
