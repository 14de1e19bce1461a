// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import dev.rollcall.server.store.LeaseTick;
import dev.rollcall.server.store.Store.Append;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What waits for the committer. Any thread hands over, one takes. */
final class Waiting {
  /** So that a transaction, and what it holds in memory, stays bounded. */
  private static final int MOST = 4_096;

  /** What goes into one transaction. */
  record Batch(List<Append> appends, @Nullable LeaseRows leases) {}

  private final Deque<Append> appends = new ArrayDeque<>();
  private @Nullable LeaseRows leases;

  /** Whether the leases are worth a transaction of their own; false: they were given back. */
  private boolean leasesDue;

  private boolean closed;

  /** Hands over a change; false after close. */
  synchronized boolean add(Append append) {
    if (closed) {
      return false;
    }
    appends.add(append);
    notifyAll();
    return true;
  }

  /** Hands over a tick; dropped after close. */
  synchronized void add(LeaseTick tick) {
    if (closed) {
      return;
    }
    if (leases == null) {
      leases = new LeaseRows(tick);
    } else {
      leases.add(tick);
    }
    leasesDue = true;
    notifyAll();
  }

  /** Takes back what could not be kept, to go along with the next batch. */
  synchronized void giveBack(LeaseRows older) {
    if (leases != null) {
      older.add(leases);
    }
    leases = older;
  }

  /** Waits for something to do; null when closed and nothing is left. */
  synchronized @Nullable Batch take() {
    boolean interrupted = false;
    while (appends.isEmpty() && !leasesDue && !closed) {
      try {
        wait();
      } catch (InterruptedException e) {
        // only close ends the committer: what was handed over must be answered
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return appends.isEmpty() && !leasesDue ? null : batch();
  }

  private Batch batch() {
    List<Append> taken = new ArrayList<>(Math.min(appends.size(), MOST));
    while (taken.size() < MOST && !appends.isEmpty()) {
      taken.add(appends.remove());
    }
    Batch batch = new Batch(taken, leases);
    leases = null;
    leasesDue = false;
    return batch;
  }

  /** Takes nothing more; what waits can still be taken. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
