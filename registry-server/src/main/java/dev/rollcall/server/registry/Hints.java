// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.lease.Leases;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.loop.Loop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * What the end of a heartbeat stream says about those who beat on it.
 *
 * <p>Silence belongs to the lease; an ended stream is only a hint. Whoever has a health check is
 * probed at once, and the probe decides. Whoever has none stops serving, but only if the connection
 * itself was lost and nobody has heard it for {@link #WAIT}, and not after an outage of the
 * registry, whose doing that may be. No hint is taken when the last beat was overdue anyway, or
 * when many connections end together, which is what a proxy that dies looks like.
 *
 * <p>Runs on the lease loop; public methods from any thread.
 */
public final class Hints {
  /** How a stream ended. */
  public enum End {
    /** The client closed it in order. */
    GOODBYE,
    /** The client cancelled it. */
    ENDED,
    /** The connection broke. */
    LOST
  }

  /** How long a lost connection is given to come back. */
  static final Duration WAIT = Duration.ofSeconds(2);

  private static final Duration TOGETHER = Duration.ofSeconds(1);
  private static final int MANY = 20;
  private static final double SHARE = 0.3;

  private final Loop loop;
  private final Ledgers ledgers;
  private final Leases leases;
  private final Losses losses;
  private final BiConsumer<String, InstanceKey> hurry;
  private final Duration calm;

  private final ArrayDeque<Long> endedNanos = new ArrayDeque<>();
  private int open;
  private long manyUntilNanos;

  /**
   * With the lease's loop.
   *
   * @param hurry has an instance probed at once
   * @param calm how long after an outage of the registry nobody stops serving unasked
   */
  public Hints(
      Loop loop,
      Ledgers ledgers,
      Leases leases,
      Losses losses,
      BiConsumer<String, InstanceKey> hurry,
      Duration calm) {
    this.loop = loop;
    this.ledgers = ledgers;
    this.leases = leases;
    this.losses = losses;
    this.hurry = hurry;
    this.calm = calm;
    this.manyUntilNanos = loop.nanoTime();
  }

  /** A stream with beats was opened. */
  public void opened() {
    loop.execute(() -> open++);
  }

  /** It ended. */
  public void ended(String namespace, Collection<LeaseKey> held, End how) {
    loop.execute(() -> weigh(namespace, held, how));
  }

  private void weigh(String namespace, Collection<LeaseKey> held, End how) {
    open--;
    if (how == End.GOODBYE) {
      return;
    }
    noteEnd();
    if (doubtful()) {
      return;
    }
    Catalog catalog = ledgers.catalog(namespace);
    for (LeaseKey lease : held) {
      for (InstanceKey key : catalog.heldBy(lease)) {
        Registration registration = catalog.find(key);
        if (registration != null) {
          takeIfInTime(namespace, registration, how);
        }
      }
    }
  }

  private void take(String namespace, Registration registration, End how) {
    if (registration.instance().healthCheck() != null) {
      // to ask is right whoever is to blame
      hurry.accept(namespace, registration.key());
    } else if (how == End.LOST && !afterAnOutage()) {
      loop.schedule(WAIT, () -> giveUpUnlessHeard(namespace, registration));
    }
  }

  private void giveUpUnlessHeard(String namespace, Registration registration) {
    var unused =
        leases
            .silence(namespace, registration.key())
            .thenAcceptAsync(silence -> giveUpUnlessHeard(namespace, registration, silence), loop);
  }

  private void giveUpUnlessHeard(
      String namespace, Registration registration, Optional<Duration> silence) {
    if (silence.isEmpty() || silence.get().compareTo(WAIT) < 0 || doubtful() || afterAnOutage()) {
      return;
    }
    String text =
        String.format(
            Locale.ROOT,
            "connection lost %.1f s ago; last heartbeat %.1f s ago",
            WAIT.toMillis() / 1000.0,
            silence.get().toMillis() / 1000.0);
    var unused =
        losses.submit(
            ledgers,
            namespace,
            registration.key().service(),
            budget ->
                new Command.ConnectionLost(
                    registration.key(), registration.revision(), text, budget));
  }

  /** Overdue already: then the stream's end says nothing that silence does not. */
  private void takeIfInTime(String namespace, Registration registration, End how) {
    Duration half = registration.instance().leaseTtl().dividedBy(2);
    var unused =
        leases
            .silence(namespace, registration.key())
            .thenAcceptAsync(
                silence -> {
                  if (silence.isPresent() && silence.get().compareTo(half) < 0) {
                    take(namespace, registration, how);
                  }
                },
                loop);
  }

  private void noteEnd() {
    long now = loop.nanoTime();
    endedNanos.addLast(now);
    while (now - endedNanos.getFirst() > TOGETHER.toNanos()) {
      endedNanos.removeFirst();
    }
    int ended = endedNanos.size();
    if (ended >= MANY && ended > SHARE * (open + ended)) {
      // long enough that hints which wait at this moment are not taken either
      manyUntilNanos = now + WAIT.plus(TOGETHER).toNanos();
    }
  }

  private boolean afterAnOutage() {
    return leases.calmFor().compareTo(calm) < 0;
  }

  private boolean doubtful() {
    return loop.nanoTime() - manyUntilNanos < 0;
  }
}
