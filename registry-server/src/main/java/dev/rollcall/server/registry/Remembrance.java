// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.lease.Leases;
import dev.rollcall.server.lease.LocalLeases;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.LeaseMemory;
import dev.rollcall.server.store.LeaseTick;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Carries the leases of a single server over its restarts: the store remembers the leases' clock
 * and who was not heard yet. On the lease loop, after {@link #open}.
 */
final class Remembrance {
  private static final Duration REMEMBER_EVERY = Duration.ofSeconds(1);

  /** Nothing unheard is waiting: the clock may be a little older. */
  private static final int CALM_ROUNDS = 5;

  private final Loop loop;
  private final InstantSource wallClock;
  private final LocalLeases leases;
  private @Nullable LeaseMemory memory;
  private int unheard;
  private int round;

  Remembrance(Loop loop, InstantSource wallClock, LocalLeases leases) {
    this.loop = loop;
    this.wallClock = wallClock;
    this.leases = leases;
  }

  /** Takes over the leases that the store held. */
  void open(Kept kept, LeaseMemory into) {
    this.memory = into;
    long wall = wallClock.millis();
    long away = kept.clockWallMillis() == 0 ? 0 : wall - kept.clockWallMillis();
    long grace = Math.max(0, Math.min(away, Leases.MOST_GRACE.toMillis()));
    Kept.Unheard sinceNow = new Kept.Unheard(kept.clockMillis(), grace);
    leases.setClock(kept.clockMillis());
    Map<String, Map<InstanceKey, Kept.Unheard>> fresh = new HashMap<>();
    for (Kept.Namespace namespace : kept.namespaces()) {
      fresh.put(namespace.catalog().namespace(), take(namespace, sinceNow));
    }
    into.remember(new LeaseTick(kept.clockMillis(), wall, fresh, Map.of()));
  }

  private Map<InstanceKey, Kept.Unheard> take(Kept.Namespace namespace, Kept.Unheard sinceNow) {
    Map<InstanceKey, Kept.Unheard> added = new HashMap<>();
    String name = namespace.catalog().namespace();
    for (var service : namespace.catalog().services().values()) {
      for (Registration registration : service.instances().values()) {
        Kept.Unheard known = namespace.unheard().get(registration.key());
        // an earlier start's word stands: restarts in a row must not keep the dead alive
        Kept.Unheard since = known != null ? known : sinceNow;
        if (known == null) {
          added.put(registration.key(), since);
        }
        leases.holdUnheard(name, registration, since.sinceMillis(), since.graceMillis());
        unheard++;
      }
    }
    return added;
  }

  /** Remembers from now on. */
  void start() {
    loop.schedule(REMEMBER_EVERY, this::remember);
  }

  private void remember() {
    LeaseMemory into = memory;
    boolean calm = unheard == 0 && ++round % CALM_ROUNDS != 0;
    if (into != null && !calm) {
      LocalLeases.Memory told = leases.memory();
      Map<String, List<InstanceKey>> heard = new HashMap<>();
      for (LocalLeases.Place place : told.heard()) {
        heard.computeIfAbsent(place.namespace(), n -> new ArrayList<>()).add(place.key());
      }
      unheard -= told.heard().size();
      into.remember(
          new LeaseTick(told.clockMillis(), wallClock.millis(), Map.of(), Map.copyOf(heard)));
    }
    loop.schedule(REMEMBER_EVERY, this::remember);
  }
}
