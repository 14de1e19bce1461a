// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The services that a registration requires: followed on the session's one watch, told on one
 * thread in the order in which they change. Safe for all threads.
 */
final class Dependencies implements AutoCloseable {
  private final Session session;
  private final List<String> required;
  private final List<ServiceWatch> watches = new ArrayList<>();

  private Dependencies(Session session, List<String> required) {
    this.session = session;
    this.required = List.copyOf(required);
  }

  static Dependencies unfollowed(Session session, List<String> required) {
    return new Dependencies(session, required);
  }

  static Dependencies followed(
      Session session, List<String> required, Consumer<DependencyChange> listener) {
    var dependencies = new Dependencies(session, required);
    var callbacks = new Callbacks("rollcall-dependencies");
    for (String service : required) {
      ServiceWatch.Listener told =
          (event, now) -> listener.accept(new DependencyChange(event, usable(now)));
      dependencies.watches.add(ServiceWatch.open(service, session, told, callbacks));
    }
    return dependencies;
  }

  private static int usable(ServiceSet set) {
    return (int) set.instances().stream().filter(ServiceInstance::takesTraffic).count();
  }

  /** Waits until all of them can be called; says of each that cannot, why. */
  Map<String, String> unmetAfter(Duration patience) {
    var waiting = new Waiting(required);
    session.loop().execute(() -> waiting.follow(session.directory()));
    try {
      boolean unused = waiting.met.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    session.loop().execute(() -> waiting.unfollow(session.directory()));
    return waiting.met.getCount() == 0 ? Map.of() : new TreeMap<>(waiting.unmet);
  }

  @Override
  public void close() {
    watches.forEach(ServiceWatch::close);
  }

  /** Somebody who waits for all of the services at the same moment. Written on the loop. */
  private static final class Waiting {
    final Map<String, String> unmet = new ConcurrentHashMap<>();
    final CountDownLatch met = new CountDownLatch(1);
    private final Map<String, Directory.Follower> followers = new TreeMap<>();

    Waiting(List<String> required) {
      for (String service : required) {
        unmet.put(service, "the registry has not answered yet");
        followers.put(service, new Heard(service));
      }
      if (unmet.isEmpty()) {
        met.countDown();
      }
    }

    void follow(Directory directory) {
      followers.forEach(directory::follow);
    }

    void unfollow(Directory directory) {
      followers.forEach(directory::unfollow);
    }

    /** What the directory says of one of them. */
    private final class Heard implements Directory.Follower {
      private final String service;

      Heard(String service) {
        this.service = service;
      }

      @Override
      public void changed(ServiceSet now) {
        if (usable(now) > 0) {
          unmet.remove(service);
        } else {
          unmet.put(service, Advice.noInstance(service));
        }
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
}
