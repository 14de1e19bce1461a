// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.lease;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Registration;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * The leases of everything listed: whom the registry has heard, and who has gone quiet.
 *
 * <p>Time is the leases' clock, never the wall's. What the registry itself missed never counts
 * against a lease: after an outage of length d that ended at g, no lease ends before g + its TTL +
 * min(d, {@link #MOST_GRACE}).
 *
 * <p>Methods may be called from any thread and never block; where it says so, only from one.
 */
public interface Leases {
  /** A sweep that is later than this was an outage of the registry. */
  Duration LATE = Duration.ofMillis(500);

  /** The most that one outage adds to a lease. */
  Duration MOST_GRACE = Duration.ofSeconds(150);

  /** Is told what becomes of leases. Must not block. */
  interface Listener {
    /**
     * A lease ended; on the lease loop.
     *
     * @param revision of the record that it held
     * @return completes when that was decided; a record that is still there is tried again
     */
    CompletableFuture<?> lapsed(String namespace, InstanceKey key, long revision, Duration silence);

    /** A record whose connection was lost beats again; on the thread of the beat. */
    void heardAgain(String namespace, InstanceKey key);
  }

  /** Lets time run. */
  void start();

  /** Renews all that these leases hold; refused while it cannot be told. */
  CompletableFuture<Outcome<Renewed>> renew(String namespace, List<LeaseKey> leases);

  /** Renews one record, and maybe what else its lease holds; unknown if it does not hold that. */
  CompletableFuture<Outcome<Renewed>> renew(String namespace, LeaseKey lease, InstanceKey key);

  /**
   * What became of beats.
   *
   * @param shortest the shortest term of all that was renewed; empty: nothing was
   * @param unknown leases that hold nothing
   */
  record Renewed(Optional<Duration> shortest, Set<LeaseKey> unknown) {
    /** Copies the set. */
    public Renewed {
      unknown = Set.copyOf(unknown);
    }

    /** This lease does not hold what was asked about. */
    static Outcome<Renewed> nothing(LeaseKey lease) {
      return new Outcome.Done<>(new Renewed(Optional.empty(), Set.of(lease)));
    }
  }

  /** A record was just registered by its owner: it is heard. In the order of changes. */
  void hold(String namespace, Registration registration);

  /**
   * A record was changed by somebody else than its owner: its lease goes on as it is. In the order
   * of changes.
   *
   * @param connectionLost whether it does not serve because its connection was lost
   */
  void revise(String namespace, Registration registration, boolean connectionLost);

  /** A record is gone. In the order of changes. */
  void drop(String namespace, InstanceKey key);

  /** Another server died without a word: whoever beat there has to find another one first. */
  default void peerLost(String server) {}

  /** Whether a record is being heard: otherwise another owner may take its place. */
  boolean heard(String namespace, InstanceKey key);

  /**
   * How long ago a record was last heard; empty if not since this server started, or if its lease
   * is just ending.
   */
  CompletableFuture<Optional<Duration>> silence(String namespace, InstanceKey key);

  /**
   * The time until a record's lease ends if it is not heard; zero where there is none, empty where
   * nobody can say now.
   */
  CompletableFuture<Optional<Duration>> remaining(String namespace, InstanceKey key);

  /** The time since the end of the registry's last outage. */
  Duration calmFor();

  /**
   * Whether at least 20 leases, and 9 of 10 of a namespace, have missed two beats: then nobody is
   * heard, and that is more likely the registry's network than everybody's end. Holds for so long
   * at most, then silence is taken for what it is. On the lease loop. See {@link CommonSilence}.
   */
  boolean mostlySilent(String namespace, Duration most);
}
