// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;

/** So many places; who finds none waits. On the probe loop. */
final class Lane {
  private final int places;
  private final Deque<BooleanSupplier> waiting = new ArrayDeque<>();
  private int taken;

  Lane(int places) {
    this.places = places;
  }

  /**
   * Runs this with a place, now or later, after those that wait already.
   *
   * @param start answers whether it keeps the place, until {@link #leave}
   */
  void enter(BooleanSupplier start) {
    waiting.addLast(start);
    fill();
  }

  /** The same, before those that wait already. */
  void enterFirst(BooleanSupplier start) {
    waiting.addFirst(start);
    fill();
  }

  /** Takes a place if there is one. */
  boolean tryEnter() {
    boolean room = taken < places;
    taken += room ? 1 : 0;
    return room;
  }

  /** Gives a place back. */
  void leave() {
    taken--;
    fill();
  }

  private void fill() {
    while (taken < places && !waiting.isEmpty()) {
      taken++;
      if (!waiting.removeFirst().getAsBoolean()) {
        taken--;
      }
    }
  }
}
