// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many messages to each target are under way: a slow one does not take the places of others.
 */
final class Bulkhead {
  private final int most;
  private final Map<String, Integer> underWay = new ConcurrentHashMap<>();

  Bulkhead(int most) {
    this.most = most;
  }

  /** Takes a place; false: all are taken. */
  boolean enter(String target) {
    boolean[] entered = new boolean[1];
    underWay.compute(
        target,
        (name, count) -> {
          int now = count == null ? 0 : count;
          entered[0] = now < most;
          return entered[0] ? Integer.valueOf(now + 1) : count;
        });
    return entered[0];
  }

  /** Gives a place back. */
  void leave(String target) {
    underWay.computeIfPresent(target, (name, count) -> count == 1 ? null : count - 1);
  }
}
