// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import io.grpc.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The orderly end of registrations, the same for one of them and for all: health says no, the
 * registry is told to send nobody any more, those who watch get a moment to hear it, calls in
 * flight finish, and only then the instances leave the list. Safe for all threads; it waits.
 */
final class Farewell {
  private static final String REASON = "shutting down";

  /** Who has not left yet. */
  private final Set<Registration> here = ConcurrentHashMap.newKeySet();

  /**
   * How one registration ends.
   *
   * @param notServing tells health checks that it ends
   * @param drainPause what watchers are given to hear of the drain
   * @param server stopped with the last registration that names it
   */
  record Plan(Runnable notServing, Duration drainPause, Optional<Server> server) {
    static final Duration DRAIN_PAUSE = Duration.ofMillis(200);
  }

  void arrived(Registration registration) {
    here.add(registration);
  }

  Collection<Registration> here() {
    return List.copyOf(here);
  }

  /** Sends those off whom nobody else is sending off, and returns when all of them have left. */
  void leave(Collection<Registration> leaving) {
    List<Registration> mine = leaving.stream().filter(Registration::claimEnd).toList();
    mine.forEach(one -> one.plan().notServing().run());
    pause(drained(mine));
    here.removeAll(mine);
    Shutdown.stop(servers(mine));
    mine.forEach(Registration::startClosing);
    leaving.forEach(Registration::awaitGone);
  }

  /** Drains all at the same time; answers how long to wait for watchers to hear of it. */
  private static Duration drained(List<Registration> leaving) {
    var drains = new ArrayList<Registration.Drain>();
    leaving.forEach(one -> drains.add(one.startDraining(REASON)));
    Duration longest = Duration.ZERO;
    for (int i = 0; i < drains.size(); i++) {
      Duration pause = leaving.get(i).plan().drainPause();
      if (drains.get(i).told() && pause.compareTo(longest) > 0) {
        longest = pause;
      }
    }
    return longest;
  }

  private static void pause(Duration time) {
    try {
      boolean unused = new CountDownLatch(1).await(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Set<Server> servers(List<Registration> leaving) {
    Set<Server> stopping = new HashSet<>();
    leaving.forEach(one -> one.plan().server().ifPresent(stopping::add));
    here.forEach(one -> one.plan().server().ifPresent(stopping::remove));
    return stopping;
  }
}
