// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import java.util.SortedSet;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One follower as the hub sees it: whom it follows, and a bell. Ringing sets a bit, and only the
 * first ring after the follower last looked schedules anything. From any thread.
 */
public final class Follower {
  private final Selector selector;
  private final Runnable bell;
  private final AtomicBoolean rung = new AtomicBoolean();

  /**
   * A follower.
   *
   * @param bell schedules a look at the ring on the stream's loop; must not block
   */
  public Follower(Selector selector, Runnable bell) {
    this.selector = selector;
    this.bell = bell;
  }

  /** Whom it follows by name; none: everybody. */
  public SortedSet<String> services() {
    return selector.services();
  }

  Selector selector() {
    return selector;
  }

  /** Tells it that there may be something new. */
  public void wake() {
    if (rung.compareAndSet(false, true)) {
      bell.run();
    }
  }

  /** It is about to look: what comes from now on rings again. */
  public void looking() {
    rung.set(false);
  }
}
