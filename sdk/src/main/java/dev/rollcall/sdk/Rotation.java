// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes one after the other by weight, evenly and without a lock: round after round all are looked
 * at, the heaviest is taken in each round, one of half its weight in every other. Who is taken in
 * which round depends on the number of the turn alone, so any stretch of turns is shared by weight,
 * and a rotation over others goes on where the last one was. Immutable; safe for all threads.
 */
final class Rotation {
  /** Lays the rounds of the lighter ones apart: multiples of the golden ratio never meet. */
  private static final double GOLDEN = 0.618_033_988_749_894_9;

  /** More turns than a process takes; up to there the sums of quotas are exact enough. */
  private static final long TURNS = (1L << 40) - 1;

  /** In which part of the rounds each is taken. */
  private final double[] quotas;

  /**
   * Over some.
   *
   * @param weights not empty, none negative, at least one above 0
   */
  Rotation(double[] weights) {
    double heaviest = Arrays.stream(weights).max().orElse(0);
    if (!(heaviest > 0)) {
      throw new IllegalArgumentException(
          "weights: " + Arrays.toString(weights) + " (expected: at least one above 0)");
    }
    quotas = Arrays.stream(weights).map(weight -> weight / heaviest).toArray();
  }

  /** The index of the next one. */
  int next(AtomicLong turns) {
    while (true) {
      long turn = turns.getAndIncrement() & TURNS;
      int index = (int) (turn % quotas.length);
      if (taken(index, turn / quotas.length)) {
        return index;
      }
    }
  }

  /** So often as the sum of its quotas grows over a whole number. */
  private boolean taken(int index, long round) {
    double quota = quotas[index];
    if (quota >= 1) {
      return true;
    }
    double phase = index * GOLDEN % 1;
    return Math.floor((round + 1) * quota + phase) > Math.floor(round * quota + phase);
  }
}
