// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import dev.rollcall.server.catalog.InstanceKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The leases of all servers, kept by a store that they share, on that store's clock: a beat may go
 * to any server at any time. A lease begins and ends together with its record; here it is only
 * renewed and looked at. Never blocks; from any thread. A future fails with {@link StoreException}
 * while the store is away.
 */
public interface LeaseTable {
  /**
   * Renews leases of a namespace.
   *
   * @param epoch of the view that the beats were looked up in
   */
  CompletableFuture<Renewed> renew(String namespace, String epoch, List<Beat> beats);

  /** Takes note that the store is looked after, and lists leases that have ended. */
  CompletableFuture<Due> due(String namespace, String epoch, Look look);

  /** How each lease stands; what has none is left out. */
  CompletableFuture<Map<InstanceKey, Term>> terms(String namespace, List<InstanceKey> keys);

  /** One lease and for how long a beat renews it. */
  record Beat(InstanceKey key, Duration ttl) {}

  /**
   * What became of beats.
   *
   * @param otherEpoch whether the namespace is in another epoch than asked for: nothing was renewed
   * @param revision of the namespace when they arrived
   * @param missing those without a lease
   */
  record Renewed(boolean otherEpoch, long revision, Set<InstanceKey> missing) {}

  /**
   * How a lease stands.
   *
   * @param left the time until it ends, negative when it has
   * @param silence since it was heard; what an outage added to it is no part of that
   */
  record Term(Duration left, Duration silence) {}

  /**
   * How leases are looked at.
   *
   * @param soon what ends within this time counts as silent; zero: what has missed two beats, and
   *     that is looked at only where something has ended
   * @param dead servers that died lately without a word: once for each of them all leases get their
   *     whole time anew
   * @param outage when nobody looked for longer than this, that was an outage of the registry: all
   *     leases get their whole time anew, and as much as the outage took
   * @param most the most that an outage adds
   */
  record Look(Duration soon, Set<String> dead, Duration outage, Duration most) {
    /** Nothing special. */
    public static final Look USUAL = new Look(Duration.ZERO, Set.of(), OUTAGE, MOST);

    /** Copies the set. */
    public Look {
      dead = Set.copyOf(dead);
    }
  }

  /**
   * What has ended.
   *
   * @param ended for how long each was not heard
   * @param leases how many there are in all
   * @param looked at how many of them was looked: all, or some at random
   * @param silent how many of those are silent
   */
  record Due(Map<InstanceKey, Duration> ended, long leases, long looked, long silent) {
    /** Copies the map. */
    public Due {
      ended = Map.copyOf(ended);
    }
  }

  /** The shortest outage: two looks were missed, and the shortest lease may have ended. */
  Duration OUTAGE = Duration.ofSeconds(1);

  /** The most that an outage adds to a lease. */
  Duration MOST = Duration.ofSeconds(150);
}
