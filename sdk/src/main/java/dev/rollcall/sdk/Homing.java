// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Which of several registries this client uses: the whole rule by which many clients spread.
 *
 * <p>Each client goes through the addresses in an order of its own, drawn at random. The first one
 * is its home. When one fails, the next one is used; while that is not home, home is asked from
 * time to time whether it works, and used again as soon as it does. So the clients are spread as
 * they were drawn, also after a registry was away; those who lose theirs go to all the others
 * alike; and since each asks at a time of its own, they do not come back as one herd.
 *
 * <p>Runs on the session's loop.
 */
final class Homing {
  /** Home is asked after half of this time to all of it, so everybody is home within it. */
  static final Duration ASK_HOME = Duration.ofSeconds(30);

  private final Loop loop;
  private final List<Integer> order;
  private final Backoff pace;
  private final Home home;
  private int at;
  private Loop.Timer ask = Loop.Timer.NONE;

  /**
   * At home.
   *
   * @param count how many addresses there are
   */
  Homing(Loop loop, int count, Random random, Home home) {
    this.loop = loop;
    this.home = home;
    this.pace = new Backoff(ASK_HOME, ASK_HOME, random);
    List<Integer> drawn = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      drawn.add(i);
    }
    Collections.shuffle(drawn, random);
    this.order = List.copyOf(drawn);
  }

  /** The way home. */
  interface Home {
    /** Finds out whether that registry works; the answer comes on the loop. */
    void ask(int index, Consumer<Boolean> works);

    /** Home is in use again. */
    void reached();
  }

  /** The index of the address in use. */
  int current() {
    return order.get(at);
  }

  /** The one with this index is of no use now; nothing changes when it is not in use. */
  void leave(int index) {
    loop.assertInside();
    if (index != current()) {
      return;
    }
    boolean wasHome = at == 0;
    at = (at + 1) % order.size();
    if (wasHome && at != 0) {
      askLater();
    }
  }

  void close() {
    ask.cancel();
  }

  private void askLater() {
    ask.cancel();
    ask = loop.schedule(pace.next(), this::askHome);
  }

  private void askHome() {
    if (at != 0) {
      home.ask(order.get(0), this::answered);
    }
  }

  private void answered(boolean works) {
    if (at == 0) {
      return;
    }
    if (works) {
      at = 0;
      home.reached();
    } else {
      askLater();
    }
  }
}
