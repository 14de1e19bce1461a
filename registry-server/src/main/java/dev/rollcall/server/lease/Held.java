// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.lease;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Registration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The lease of one record: when it was last heard.
 *
 * <p>One atomic number says either that or {@link #LAPSING}. A beat moves it forward with a
 * compare-and-set, the sweep moves it to LAPSING with another, so of a beat and a lapse at the same
 * moment exactly one wins, and no lock or thread hop stands between a beat and its answer. After
 * LAPSING a beat waits until the lapse is decided: a lease is never answered OK and then evicted.
 */
final class Held {
  /** The lease has ended, and the ledger is deciding about it. */
  static final long LAPSING = Long.MIN_VALUE;

  final String namespace;
  final InstanceKey key;
  final LeaseKey lease;
  final long ttlMillis;

  /** Where it is filed; written by {@link Deadlines} on the lease loop. */
  long bucket;

  private final AtomicLong heardMillis;

  /** Added to the lease until it is heard: what the outage before this server's start took. */
  private volatile long graceMillis;

  /** Of the record that it holds; moves on when somebody else than the owner changes the record. */
  private volatile long revision;

  private final AtomicBoolean heardSinceStart = new AtomicBoolean();
  private volatile boolean lost;
  private volatile boolean dropped;
  private volatile CompletableFuture<Void> decided = CompletableFuture.completedFuture(null);

  private Held(String namespace, Registration registration, long heardMillis) {
    this.namespace = namespace;
    this.key = registration.key();
    this.lease = registration.lease();
    this.revision = registration.revision();
    this.ttlMillis = registration.instance().leaseTtl().toMillis();
    this.heardMillis = new AtomicLong(heardMillis);
  }

  static Held heard(String namespace, Registration registration, long nowMillis) {
    Held held = new Held(namespace, registration, nowMillis);
    held.heardSinceStart.set(true);
    return held;
  }

  static Held unheard(
      String namespace, Registration registration, long sinceMillis, long graceMillis) {
    Held held = new Held(namespace, registration, sinceMillis);
    held.graceMillis = graceMillis;
    return held;
  }

  /** A beat. False: it is lapsing, see {@link #decided}. */
  boolean renew(long nowMillis) {
    for (; ; ) {
      long seen = heardMillis.get();
      if (seen == LAPSING) {
        return false;
      }
      if (heardMillis.compareAndSet(seen, Math.max(seen, nowMillis))) {
        graceMillis = 0;
        return true;
      }
    }
  }

  /** The record was changed by somebody else than its owner: the lease goes on as it is. */
  void revise(long newRevision, boolean connectionLost) {
    revision = newRevision;
    lost = connectionLost;
  }

  long revision() {
    return revision;
  }

  /** Whether the record does not serve because its connection was lost. */
  boolean lost() {
    return lost;
  }

  /** Notes that it was heard; true the first time since the start. */
  boolean firstHeard() {
    return !heardSinceStart.get() && heardSinceStart.compareAndSet(false, true);
  }

  boolean heardSinceStart() {
    return heardSinceStart.get();
  }

  /** When it was last heard on the leases' clock; {@link #LAPSING} while that is being decided. */
  long heardMillis() {
    return heardMillis.get();
  }

  /**
   * When it ends, if it was last heard then.
   *
   * @param graceEndMillis the end of the registry's last outage with its allowance: every lease
   *     gets its whole time after it
   */
  long endMillis(long lastHeardMillis, long graceEndMillis) {
    return Math.max(lastHeardMillis + graceMillis, graceEndMillis) + ttlMillis;
  }

  /** The sweep: it ended. False: a beat came first. */
  boolean lapse(long lastHeardMillis) {
    decided = new CompletableFuture<>();
    return heardMillis.compareAndSet(lastHeardMillis, LAPSING);
  }

  /** The ledger has decided; whoever is still there is as silent as before. */
  void settle(long lastHeardMillis) {
    heardMillis.compareAndSet(LAPSING, lastHeardMillis);
    decided.complete(null);
  }

  /** Completes when the ledger has decided about its lapse. */
  CompletableFuture<Void> decided() {
    return decided;
  }

  /** It holds no record any more. */
  void drop() {
    dropped = true;
    decided.complete(null);
  }

  boolean dropped() {
    return dropped;
  }
}
