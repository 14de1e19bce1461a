// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.store.LeaseTable;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the life of the other servers says about clients' leases. Whoever beat at a server that dies
 * must find another one first, and with a short lease that takes too long. So from the moment that
 * a server is overdue no lease lapses, until it is back or known to be dead; then all leases get
 * their whole time anew, in the store, once.
 *
 * <p>On the lease loop, but for {@link #lost}.
 */
final class Peers {
  /** A server that beat in time has more left than this. */
  static final Duration OVERDUE =
      Presence.TTL.minus(Presence.BEAT_EVERY.multipliedBy(3).dividedBy(2));

  /** Of the servers' own leases only a long outage is one. */
  private static final Duration LONG_OUTAGE = Duration.ofSeconds(5);

  /** Servers that are there beat at once: those that are not hold health checks up. */
  private static final Duration MOST = Duration.ofSeconds(1);

  /** What is seen of one server may be older than what is seen of its clients. */
  private static final Duration SEEN_FOR = Duration.ofSeconds(1);

  /** Servers that are always late are slow, not dead. */
  private static final Duration DOUBTED_FOR = Duration.ofSeconds(4);

  /** Long enough for each server to hear of it and to say so in every namespace. */
  private static final Duration TOLD_FOR = Duration.ofSeconds(10);

  private final Map<String, Long> lostNanos = new ConcurrentHashMap<>();
  private boolean doubted;
  private long doubtedSinceNanos;
  private long doubtedNanos;

  /** A server's own lease has ended. From any thread. */
  void lost(String server, long nowNanos) {
    lostNanos.put(server, nowNanos);
  }

  /** How to look at the servers' leases. */
  LeaseTable.Look ofTheirs() {
    return new LeaseTable.Look(OVERDUE, Set.of(), LONG_OUTAGE, MOST);
  }

  /** How to look at all others. */
  LeaseTable.Look ofOthers(long nowNanos) {
    lostNanos.values().removeIf(since -> nowNanos - since > TOLD_FOR.toNanos());
    return new LeaseTable.Look(
        Duration.ZERO, lostNanos.keySet(), LeaseTable.OUTAGE, LeaseTable.MOST);
  }

  /** So many servers are overdue. */
  void seen(long overdue, long nowNanos) {
    if (overdue > 0) {
      if (!doubted || nowNanos - doubtedNanos > SEEN_FOR.toNanos()) {
        doubtedSinceNanos = nowNanos;
      }
      doubted = true;
      doubtedNanos = nowNanos;
    }
  }

  /** Whether one of them may be dead, so that its clients are looking for another one. */
  boolean mayBeDead(long nowNanos) {
    return doubted
        && nowNanos - doubtedNanos <= SEEN_FOR.toNanos()
        && nowNanos - doubtedSinceNanos <= DOUBTED_FOR.toNanos();
  }
}
