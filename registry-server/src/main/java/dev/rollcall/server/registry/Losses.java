// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LossBudget;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.loop.Loop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that a mistake of the registry never empties a service.
 *
 * <p>Losses of a service are decided one after another, each with the number of those before it in
 * the window. Beyond the share, an instance is held instead: NOT_SERVING, which is true, and still
 * handed out. What is held is released bit by bit, and for certain after {@link Settings#most}.
 *
 * <p>Runs on the lease loop; public methods from any thread. Counts begin anew with the server.
 */
public final class Losses {
  private static final Logger log = LoggerFactory.getLogger(Losses.class);
  private static final Duration LOOK_EVERY = Duration.ofMillis(500);
  private static final double RELEASED_A_MINUTE = 0.1;

  private final Loop loop;
  private final Settings settings;
  private final Map<Service, Guarded> services = new HashMap<>();

  /** With the lease loop. */
  public Losses(Loop loop, Settings settings) {
    this.loop = loop;
    this.settings = settings;
  }

  /**
   * How cautious to be.
   *
   * @param share of a service that may go within a window
   * @param most the longest that an instance is held
   */
  public record Settings(double share, Duration window, Duration most) {}

  private record Service(String namespace, String name) {}

  /** One service that lost something lately, or holds something. */
  private static final class Guarded {
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private final ArrayDeque<Long> lostNanos = new ArrayDeque<>();
    private final Map<String, Holding> held = new LinkedHashMap<>();
    private boolean deciding;
    private long releaseNanos;
  }

  private record Holding(long revision, long sinceNanos) {}

  /** Starts to release. */
  public void start(Ledgers ledgers) {
    loop.schedule(LOOK_EVERY, () -> release(ledgers));
  }

  /** Decides a command that may lose an instance of this service. */
  public CompletableFuture<Outcome<Catalog>> submit(
      Ledgers ledgers, String namespace, String service, Function<LossBudget, Command> command) {
    CompletableFuture<Outcome<Catalog>> decided = new CompletableFuture<>();
    loop.execute(
        () -> {
          Guarded guarded = guarded(namespace, service);
          guarded.waiting.add(
              () -> {
                forgetOld(guarded);
                LossBudget budget = new LossBudget(guarded.lostNanos.size(), settings.share());
                var unused =
                    ledgers
                        .submitUrgent(namespace, command.apply(budget))
                        .thenAcceptAsync(
                            outcome -> {
                              decided.complete(outcome);
                              guarded.deciding = false;
                              next(guarded);
                            },
                            loop);
              });
          next(guarded);
        });
    return decided;
  }

  /** An instance was lost. */
  void lost(String namespace, InstanceKey key) {
    loop.execute(() -> guarded(namespace, key.service()).lostNanos.add(loop.nanoTime()));
  }

  /** An instance is held by its record of this revision. */
  void held(String namespace, InstanceKey key, long revision) {
    loop.execute(
        () -> {
          Guarded guarded = guarded(namespace, key.service());
          if (guarded.held.isEmpty()) {
            log.warn("{}/{}: too many losses, instances are held", namespace, key.service());
            guarded.releaseNanos = loop.nanoTime() + settings.window().toNanos();
          }
          guarded.held.put(key.id(), new Holding(revision, loop.nanoTime()));
        });
  }

  /** It is not held, or not any more. */
  void free(String namespace, InstanceKey key) {
    loop.execute(
        () -> {
          Guarded guarded = services.get(new Service(namespace, key.service()));
          if (guarded != null && guarded.held.remove(key.id()) != null && guarded.held.isEmpty()) {
            log.info("{}/{}: nothing is held any more", namespace, key.service());
          }
        });
  }

  private Guarded guarded(String namespace, String service) {
    return services.computeIfAbsent(new Service(namespace, service), s -> new Guarded());
  }

  private void next(Guarded guarded) {
    if (!guarded.deciding && !guarded.waiting.isEmpty()) {
      guarded.deciding = true;
      guarded.waiting.remove().run();
    }
  }

  private void forgetOld(Guarded guarded) {
    long before = loop.nanoTime() - settings.window().toNanos();
    while (!guarded.lostNanos.isEmpty() && guarded.lostNanos.getFirst() - before < 0) {
      guarded.lostNanos.removeFirst();
    }
  }

  private void release(Ledgers ledgers) {
    Iterator<Map.Entry<Service, Guarded>> all = services.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<Service, Guarded> entry = all.next();
      Guarded guarded = entry.getValue();
      forgetOld(guarded);
      if (!guarded.held.isEmpty()) {
        release(ledgers, entry.getKey(), guarded);
      } else if (guarded.lostNanos.isEmpty() && !guarded.deciding && guarded.waiting.isEmpty()) {
        all.remove();
      }
    }
    loop.schedule(LOOK_EVERY, () -> release(ledgers));
  }

  /** The oldest first: one at a time at the pace, all that were held for too long at once. */
  private void release(Ledgers ledgers, Service service, Guarded guarded) {
    long now = loop.nanoTime();
    for (Map.Entry<String, Holding> entry : List.copyOf(guarded.held.entrySet())) {
      Duration since = Duration.ofNanos(now - entry.getValue().sinceNanos());
      boolean tooLong = since.compareTo(settings.most()) >= 0;
      if (!tooLong && now - guarded.releaseNanos < 0) {
        return;
      }
      if (!tooLong) {
        guarded.releaseNanos = now + pace(ledgers, service).toNanos();
      }
      var unused =
          ledgers.submitUrgent(
              service.namespace(),
              new Command.Release(
                  new InstanceKey(service.name(), entry.getKey()),
                  entry.getValue().revision(),
                  since));
    }
  }

  private static Duration pace(Ledgers ledgers, Service service) {
    ServiceView view = ledgers.catalog(service.namespace()).service(service.name());
    double aMinute = Math.max(1, RELEASED_A_MINUTE * (view == null ? 0 : view.counts().total()));
    return Duration.ofMillis((long) (60_000 / aMinute));
  }
}
