// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Which namespaces may lack what their store lost.
 *
 * <p>The store says so of a namespace that it knows to be behind. Of a store that was empty when
 * this server started nobody can say whether it is new or was emptied, so for a moment everything
 * is doubted; and for longer what a client turns out to have known: who names an epoch, or beats
 * for a lease, was told of it by somebody. Then what is there is the truth.
 *
 * <p>From any thread.
 */
final class Doubt {
  /** As long as clients that were there before may take to come back. */
  static final Duration AT_FIRST = Duration.ofSeconds(5);

  /** As long as a recovery may take. */
  static final Duration AT_MOST = Duration.ofSeconds(30);

  private final LongSupplier nanoTime;
  private final Set<String> recovering = ConcurrentHashMap.newKeySet();
  private final Set<String> missed = ConcurrentHashMap.newKeySet();
  private final Set<String> back = ConcurrentHashMap.newKeySet();
  private volatile long sinceNanos;
  private volatile boolean newborn;

  Doubt(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The store may have been emptied just now. */
  void begin() {
    sinceNanos = nanoTime.getAsLong();
    newborn = true;
  }

  /** Clients can come back only from now on. False: there is nothing to doubt. */
  boolean goOn() {
    sinceNanos = nanoTime.getAsLong();
    return newborn;
  }

  /** A client knows of something in it that is not there. */
  void missed(String namespace) {
    if (newborn && within(AT_MOST)) {
      missed.add(namespace);
    }
  }

  /** The store gets back what it lost of it. */
  void begun(String namespace) {
    recovering.add(namespace);
  }

  /** What the store lost is back, or given up. */
  void ended(String namespace) {
    recovering.remove(namespace);
    back.add(namespace);
  }

  /** Whether the store is known to get it back. */
  boolean recovering(String namespace) {
    return recovering.contains(namespace);
  }

  /** Whether it may lack something. */
  boolean about(String namespace) {
    if (!newborn) {
      return recovering.contains(namespace);
    }
    return recovering.contains(namespace)
        || (!back.contains(namespace)
            && (within(AT_FIRST) || (missed.contains(namespace) && within(AT_MOST))));
  }

  private boolean within(Duration time) {
    return nanoTime.getAsLong() - sinceNanos < time.toNanos();
  }
}
