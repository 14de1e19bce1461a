// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.lease.Leases;
import dev.rollcall.server.ledger.ChangeListener;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.probe.Prober;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.LeaseTick;
import dev.rollcall.server.store.Store;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Ties leases to records: a record that appears gets a lease, a lease that ends becomes a command,
 * and the store remembers who was not heard yet.
 *
 * <p>{@link #changed} runs on the ledger loop, the rest on the lease loop.
 */
public final class Liveness implements ChangeListener, Leases.Listener {
  private static final Duration REMEMBER_EVERY = Duration.ofSeconds(1);

  /** Nothing unheard is waiting: the clock may be a little older. */
  private static final int CALM_ROUNDS = 5;

  private final Loop loop;
  private final InstantSource wallClock;
  private final Leases leases;
  private final Losses losses;
  private final Losses.Settings protection;
  private @Nullable Ledgers ledgers;
  private @Nullable Store store;
  private @Nullable Prober prober;

  // the lease loop only
  private int unheard;
  private int round;

  /** With leases of its own on the lease loop. */
  public Liveness(Loop loop, InstantSource wallClock, Losses.Settings protection) {
    this.loop = loop;
    this.wallClock = wallClock;
    this.protection = protection;
    this.losses = new Losses(loop, protection);
    this.leases = new Leases(loop, this);
  }

  /** Who decides about losses. */
  public Losses losses() {
    return losses;
  }

  /** The leases. */
  public Leases leases() {
    return leases;
  }

  /**
   * Takes over the leases that the store held. Call before any command; {@link #start} follows when
   * the port answers.
   */
  public void open(Kept kept, Store intoStore, Ledgers intoLedgers, Prober byProber) {
    this.store = intoStore;
    this.prober = byProber;
    this.ledgers = intoLedgers;
    long wall = wallClock.millis();
    long away = kept.clockWallMillis() == 0 ? 0 : wall - kept.clockWallMillis();
    long grace = Math.max(0, Math.min(away, Leases.MOST_GRACE.toMillis()));
    leases.setClock(kept.clockMillis());
    Map<String, Map<InstanceKey, Kept.Unheard>> fresh = new HashMap<>();
    int count = 0;
    for (Kept.Namespace namespace : kept.namespaces()) {
      Map<InstanceKey, Kept.Unheard> added = new HashMap<>();
      String name = namespace.catalog().namespace();
      for (var service : namespace.catalog().services().values()) {
        for (Registration registration : service.instances().values()) {
          Kept.Unheard known = namespace.unheard().get(registration.key());
          // an earlier start's word stands: restarts in a row must not keep the dead alive
          Kept.Unheard since = known != null ? known : new Kept.Unheard(kept.clockMillis(), grace);
          if (known == null) {
            added.put(registration.key(), since);
          }
          leases.holdUnheard(name, registration, since.sinceMillis(), since.graceMillis());
          leases.revise(name, registration, waitsForABeat(registration));
          if (registration.held()) {
            losses.held(name, registration.key(), registration.revision());
          }
          if (registration.instance().healthCheck() != null) {
            byProber.mind(name, registration);
          }
          count++;
        }
      }
      fresh.put(name, added);
    }
    unheard = count;
    intoStore.remember(new LeaseTick(kept.clockMillis(), wall, fresh, Map.of()));
  }

  /** Lets time run. */
  public void start() {
    Ledgers into = ledgers;
    if (into != null) {
      losses.start(into);
    }
    leases.start();
    loop.schedule(REMEMBER_EVERY, this::remember);
  }

  @Override
  public void changed(String namespace, @Nullable Registration before, Commit commit) {
    if (commit.change() instanceof Change.Put put) {
      Registration now = put.registration().at(commit.revision());
      if (byOwner(put.cause().kind())) {
        leases.hold(namespace, now);
      }
      leases.revise(namespace, now, waitsForABeat(now));
      probe(namespace, before, now);
      if (now.held()) {
        losses.held(namespace, now.key(), now.revision());
      }
    } else {
      leases.drop(namespace, commit.change().key());
      if (before != null && before.instance().healthCheck() != null && prober != null) {
        prober.forget(namespace, before.key());
      }
    }
    if (before != null && before.held() && !held(commit.change())) {
      losses.free(namespace, before.key());
    }
    if (commit.usableBefore() && isLoss(commit.change().cause().kind())) {
      losses.lost(namespace, commit.change().key());
    }
  }

  @Override
  public CompletableFuture<?> lapsed(
      String namespace, InstanceKey key, long revision, Duration silence) {
    Ledgers into = ledgers;
    return into == null
        ? CompletableFuture.completedFuture(null)
        : leases.mostlySilent(namespace, protection.most())
            // everybody at once: that is the registry's network, not theirs
            ? CompletableFuture.completedFuture(null)
            : losses.submit(
                into,
                namespace,
                key.service(),
                budget -> new Command.Lapse(key, revision, silence, budget));
  }

  @Override
  public void heardAgain(String namespace, InstanceKey key) {
    Ledgers into = ledgers;
    if (into != null) {
      var unused = into.submitUrgent(namespace, new Command.HeardAgain(key));
    }
  }

  private void probe(String namespace, @Nullable Registration before, Registration now) {
    boolean probed = before != null && before.instance().healthCheck() != null;
    if (prober != null && (probed || now.instance().healthCheck() != null)) {
      prober.mind(namespace, now);
    }
  }

  private static boolean held(Change change) {
    return change instanceof Change.Put put && put.registration().held();
  }

  /** Whether only a beat is missing for it to serve again. */
  private static boolean waitsForABeat(Registration registration) {
    return registration.status() == Status.NOT_SERVING
        && registration.instance().healthCheck() == null;
  }

  private static boolean isLoss(Cause.Kind kind) {
    return switch (kind) {
      case LEASE_EXPIRED, PROBE_FAILED, CONNECTION_LOST -> true;
      default -> false;
    };
  }

  /** Whether the owner spoke: then the record's lease begins anew. */
  private static boolean byOwner(Cause.Kind kind) {
    return switch (kind) {
      case REGISTERED, UPDATED, REPLACED -> true;
      default -> false;
    };
  }

  private void remember() {
    Store into = store;
    boolean calm = unheard == 0 && ++round % CALM_ROUNDS != 0;
    if (into != null && !calm) {
      Leases.Memory memory = leases.memory();
      Map<String, List<InstanceKey>> heard = new HashMap<>();
      for (Leases.Place place : memory.heard()) {
        heard.computeIfAbsent(place.namespace(), n -> new ArrayList<>()).add(place.key());
      }
      unheard -= memory.heard().size();
      into.remember(
          new LeaseTick(memory.clockMillis(), wallClock.millis(), Map.of(), Map.copyOf(heard)));
    }
    loop.schedule(REMEMBER_EVERY, this::remember);
  }
}
