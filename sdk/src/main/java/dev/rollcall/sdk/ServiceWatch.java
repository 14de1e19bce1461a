// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A live view of one service's usable instances.
 *
 * <p>{@link #instances()} is always the last known state; the listener hears each change of it, one
 * at a time on a thread of its own, beginning with the instances that are there already. A listener
 * that is slow misses states in between, never the last one; one that throws is logged and called
 * again for the next change. While the registry is away nothing changes.
 */
public final class ServiceWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServiceWatch.class);

  private final String service;
  private final Session session;
  private final Listener listener;
  private final Directory.Follower follower = new Heard();
  private final CountDownLatch first = new CountDownLatch(1);

  /** Opens with the first state or the first trouble. */
  private final CountDownLatch answered = new CountDownLatch(1);

  private final Callbacks callbacks;

  /** Written on the session's loop. */
  private volatile ServiceSet current = ServiceSet.EMPTY;

  /** Why nothing is known yet; written on the session's loop. */
  private volatile String trouble = "no answer yet";

  private volatile boolean closed;

  /** Why those left whom the listener still believes to be here. Guarded by itself. */
  private final Map<String, Cause> gone = new HashMap<>();

  /** What the listener was told last, or is being told. Guarded by {@link #gone}. */
  private ServiceSet told = ServiceSet.EMPTY;

  /** A task waits to tell, and will tell the newest state. Guarded by {@link #gone}. */
  private boolean waiting;

  /** Run once, when this watch is closed first. */
  private volatile Runnable onClose = () -> {};

  private ServiceWatch(String service, Session session, Listener listener, Callbacks callbacks) {
    this.service = service;
    this.session = session;
    this.listener = listener;
    this.callbacks = callbacks;
  }

  /** Hears each change, and what the service is after all that is told with it. */
  interface Listener {
    void heard(ServiceEvent event, ServiceSet now);
  }

  static ServiceWatch open(String service, Session session, Consumer<ServiceEvent> listener) {
    Listener told = (event, now) -> listener.accept(event);
    return open(service, session, told, new Callbacks("rollcall-watch-" + service));
  }

  /** One that tells where others tell too; whoever is closed first closes the callbacks. */
  static ServiceWatch open(
      String service, Session session, Listener listener, Callbacks callbacks) {
    var watch = new ServiceWatch(service, session, listener, callbacks);
    session.loop().execute(() -> session.directory().follow(service, watch.follower));
    return watch;
  }

  /** Says what else is to happen when this watch is closed. */
  void onClose(Runnable task) {
    onClose = task;
  }

  /** The service's name. */
  public String service() {
    return service;
  }

  /** The usable instances by id, as last known; empty before the registry answered. */
  public List<ServiceInstance> instances() {
    return current.instances();
  }

  /**
   * Waits until the registry has told the state for the first time.
   *
   * @return whether it has
   */
  public boolean awaitKnown(Duration patience) {
    try {
      return first.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Waits until the state is known, but no longer than until something speaks against it. */
  boolean awaitAnswer(Duration patience) {
    try {
      boolean unused = answered.await(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return first.getCount() == 0;
  }

  String trouble() {
    return trouble;
  }

  /** How many tasks wait behind the listener. */
  int queued() {
    return callbacks.queued();
  }

  /** Stops following. A callback that runs already may still finish. */
  @Override
  public void close() {
    closed = true;
    onClose.run();
    session.loop().execute(() -> session.directory().unfollow(service, follower));
    callbacks.close();
  }

  /** Queues no changes, only that there are some: the difference is made when it is told. */
  private void tell() {
    ServiceSet was;
    ServiceSet now;
    Map<String, Cause> causes;
    synchronized (gone) {
      waiting = false;
      was = told;
      now = current;
      told = now;
      causes = Map.copyOf(gone);
      gone.clear();
    }
    List<ServiceEvent> events = difference(was, now, causes);
    for (ServiceEvent event : events) {
      if (closed) {
        return;
      }
      call(event, now);
    }
  }

  private void call(ServiceEvent event, ServiceSet now) {
    try {
      listener.heard(event, now);
    } catch (RuntimeException | Error e) {
      log.error("a listener of {} failed on {}; it stays subscribed", service, event, e);
    }
  }

  static List<ServiceEvent> difference(ServiceSet was, ServiceSet now, Map<String, Cause> gone) {
    List<ServiceEvent> events = new ArrayList<>();
    was.entries()
        .forEach(
            (id, entry) -> {
              if (!now.entries().containsKey(id)) {
                Cause cause = gone.getOrDefault(id, Cause.UNSEEN);
                events.add(new ServiceEvent.Removed(entry.instance(), cause));
              }
            });
    now.entries()
        .forEach(
            (id, entry) -> {
              ServiceSet.Entry before = was.entries().get(id);
              if (before == null) {
                events.add(new ServiceEvent.Added(entry.instance(), entry.cause()));
              } else if (!before.instance().equals(entry.instance())) {
                events.add(
                    new ServiceEvent.Changed(before.instance(), entry.instance(), entry.cause()));
              }
            });
    return events;
  }

  /** What the directory says. */
  private final class Heard implements Directory.Follower {
    @Override
    public void changed(ServiceSet now) {
      boolean alreadyWaiting;
      synchronized (gone) {
        current = now;
        gone.putAll(now.gone());
        gone.keySet().removeAll(now.entries().keySet());
        // who came and went while the listener was busy is never told, so needs no cause
        gone.keySet().retainAll(told.entries().keySet());
        alreadyWaiting = waiting;
        waiting = true;
      }
      trouble = "";
      first.countDown();
      answered.countDown();
      if (!alreadyWaiting) {
        callbacks.execute(ServiceWatch.this::tell);
      }
    }

    @Override
    public void unreachable(String why) {
      trouble = why;
      answered.countDown();
    }
  }
}
