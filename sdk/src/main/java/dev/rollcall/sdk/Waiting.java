// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Somebody who waits until several services are as wanted, all at the same moment. */
final class Waiting {
  /** By service, what is still missing. Written on the session's loop. */
  private final Map<String, String> unmet = new ConcurrentHashMap<>();

  private final CountDownLatch met = new CountDownLatch(1);
  private final Map<String, Directory.Follower> followers = new TreeMap<>();

  private Waiting(Map<String, Condition> conditions) {
    conditions.forEach(
        (service, condition) -> {
          unmet.put(service, "the registry has not answered yet");
          followers.put(service, new Heard(service, condition));
        });
    if (conditions.isEmpty()) {
      met.countDown();
    }
  }

  /** Says what a service still misses; empty: nothing. */
  interface Condition {
    Optional<String> missing(ServiceSet now);
  }

  /** Waits in the calling thread; says of each service that is not as wanted, why. */
  static Map<String, String> unmetAfter(
      Session session, Map<String, Condition> conditions, Duration patience) {
    var waiting = new Waiting(conditions);
    session.loop().execute(() -> waiting.followers.forEach(session.directory()::follow));
    try {
      boolean unused = waiting.met.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    session.loop().execute(() -> waiting.followers.forEach(session.directory()::unfollow));
    return waiting.met.getCount() == 0 ? Map.of() : new TreeMap<>(waiting.unmet);
  }

  /** What the directory says of one of the services. */
  private final class Heard implements Directory.Follower {
    private final String service;
    private final Condition condition;

    Heard(String service, Condition condition) {
      this.service = service;
      this.condition = condition;
    }

    @Override
    public void changed(ServiceSet now) {
      condition
          .missing(now)
          .ifPresentOrElse(why -> unmet.put(service, why), () -> unmet.remove(service));
      if (unmet.isEmpty()) {
        met.countDown();
      }
    }

    @Override
    public void unreachable(String why) {
      unmet.put(service, why);
    }
  }
}
