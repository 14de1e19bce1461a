// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.loop.Loop;
import java.util.OptionalLong;

/** Whether Redis answered the last time, and since when it does not. One writer, many readers. */
final class Contact {
  private final Loop clock;
  private volatile OptionalLong lostNanos = OptionalLong.empty();

  /**
   * There is contact.
   *
   * @param clock only its time is used
   */
  Contact(Loop clock) {
    this.clock = clock;
  }

  boolean up() {
    return lostNanos.isEmpty();
  }

  /** Since when there is none, on the clock; empty: there is. */
  OptionalLong lostNanos() {
    return lostNanos;
  }

  /** There is none. True: there was. */
  boolean lost() {
    boolean was = up();
    if (was) {
      lostNanos = OptionalLong.of(clock.nanoTime());
    }
    return was;
  }

  /** There is contact. True: there was none. */
  boolean found() {
    boolean was = up();
    lostNanos = OptionalLong.empty();
    return !was;
  }
}
