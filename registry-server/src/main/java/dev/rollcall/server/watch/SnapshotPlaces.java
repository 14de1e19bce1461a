// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How many followers may be sent a snapshot at the same time; the others wait in the order in which
 * they asked. Bounds the memory of a restart, when everyone wants one. From any thread.
 */
public final class SnapshotPlaces {
  private final Set<Follower> waiting = new LinkedHashSet<>();
  private int free;

  /** This many at a time. */
  public SnapshotPlaces(int places) {
    this.free = places;
  }

  /** Takes a place, or remembers to wake the follower when one is free. */
  synchronized boolean take(Follower follower) {
    if (free == 0) {
      waiting.add(follower);
      return false;
    }
    waiting.remove(follower);
    free--;
    return true;
  }

  /** Gives a place back. */
  void giveBack() {
    synchronized (this) {
      free++;
    }
    wakeNext();
  }

  /** The follower does not want a place any more; one that it was woken for goes to the next. */
  void forget(Follower follower) {
    synchronized (this) {
      waiting.remove(follower);
    }
    wakeNext();
  }

  private void wakeNext() {
    Follower next = next();
    // outside the lock: a bell is a call out
    if (next != null) {
      next.wake();
    }
  }

  private synchronized @Nullable Follower next() {
    Iterator<Follower> queue = waiting.iterator();
    if (free == 0 || !queue.hasNext()) {
      return null;
    }
    Follower next = queue.next();
    queue.remove();
    return next;
  }
}
