// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import dev.rollcall.server.catalog.HealthCheck;
import java.time.Duration;

/**
 * How many probes may be under way. Targets that did not answer last time have a lane of their own.
 * One that begins to hang steps aside after a moment, so that thousands that begin to hang at the
 * same time do not hold up the others either. HTTPS probes hold a thread each and have lanes of
 * their own.
 */
final class Lanes {
  /** A probe that takes longer gives its place to the next, if there is room aside. */
  static final Duration MOMENT = Duration.ofMillis(100);

  /** HTTPS probes under way at most: their lanes, and those that are just being torn down. */
  static final int MOST_TLS = 80;

  private final Lane open = new Lane(256);
  private final Lane hanging = new Lane(64);
  private final Lane aside = new Lane(768);
  private final Lane tlsOpen = new Lane(48);
  private final Lane tlsHanging = new Lane(16);

  /** The lane of a probe. */
  Lane of(HealthCheck check, boolean hangs) {
    return blocks(check) ? (hangs ? tlsHanging : tlsOpen) : (hangs ? hanging : open);
  }

  /** The lane to which a probe moves that takes longer; gives its place back if it does. */
  Lane stepAside(Lane from) {
    if (from == open && aside.tryEnter()) {
      from.leave();
      return aside;
    }
    return from;
  }

  private static boolean blocks(HealthCheck check) {
    return check.question() instanceof HealthCheck.Http http && http.tls();
  }
}
