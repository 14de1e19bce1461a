// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.watch.Follower;
import dev.rollcall.server.watch.FrameEncoder;
import dev.rollcall.server.watch.RingBudget;
import dev.rollcall.server.watch.WatchHub;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;

/**
 * The ledgers of all namespaces behind one desk: commands come in here, the store's feed comes back
 * here, and both go on to the namespace that they are about. Public methods from any thread.
 */
public final class Ledgers implements Store.Feed {
  /** The most namespaces. */
  public static final int NAMESPACES = 1_000;

  private static final long RING_BYTES = 64L << 20;
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(5);
  private static final Duration LOOK_FOR_LATE = Duration.ofMillis(500);

  private final Desk desk;
  private final FrameEncoder encoder;
  private final RingBudget budget;
  private final Map<String, Ledger> ledgers = new ConcurrentHashMap<>();
  private final Doubt doubt;
  private final Inbox inbox;
  private final Refusals refusals = new Refusals();

  /** Over a store that was not fed yet. */
  public Ledgers(
      Loop loop,
      Store store,
      FrameEncoder encoder,
      InstantSource wallClock,
      RandomGenerator nonces,
      ChangeListener listener) {
    this.desk = new Desk(loop, store, wallClock, nonces, listener);
    this.encoder = encoder;
    this.inbox = new Inbox(loop, this::handle);
    this.budget = new RingBudget(loop, RING_BYTES);
    this.doubt = new Doubt(loop::nanoTime);
  }

  /** Takes over what the store held; completes when all of it is served. Call once. */
  public CompletableFuture<Void> open(Kept kept) {
    return CompletableFuture.runAsync(
        () -> {
          kept.namespaces().forEach(this::open);
          desk.loop().schedule(LOOK_FOR_LATE, this::answerLate);
          if (kept.newborn()) {
            doubt.begin();
          }
        },
        desk.loop());
  }

  /** Clients can come from now on. */
  public void serving() {
    desk.loop()
        .execute(
            () -> {
              if (doubt.goOn()) {
                desk.loop().schedule(Doubt.AT_FIRST, this::wakeAll);
                desk.loop().schedule(Doubt.AT_MOST, this::wakeAll);
              }
            });
  }

  private void wakeAll() {
    ledgers.values().forEach(ledger -> ledger.hub().wakeAll());
  }

  /** The newest catalog of a namespace. */
  public Catalog catalog(String namespace) {
    Ledger ledger = ledgers.get(namespace);
    return ledger == null ? Catalog.unborn(namespace) : ledger.catalog();
  }

  /** The newest catalogs of all namespaces that were ever written to. From any thread. */
  public List<Catalog> born() {
    return ledgers.values().stream()
        .map(Ledger::catalog)
        .filter(catalog -> !catalog.position().epoch().isEmpty())
        .toList();
  }

  /**
   * What a lease holds, and what is on its way to be held by it: a command that is submitted when
   * this completes comes after those that were submitted before it was called.
   */
  public CompletableFuture<Set<InstanceKey>> claimedBy(String namespace, LeaseKey lease) {
    return CompletableFuture.supplyAsync(
        () -> {
          Set<InstanceKey> keys = new HashSet<>(catalog(namespace).heldBy(lease));
          Ledger ledger = ledgers.get(namespace);
          if (ledger != null) {
            ledger.pending().forEach(command -> addClaim(keys, lease, command));
          }
          inbox.waiting(namespace).forEach(command -> addClaim(keys, lease, command));
          return keys;
        },
        desk.loop());
  }

  private static void addClaim(Set<InstanceKey> keys, LeaseKey lease, Command command) {
    if (command instanceof Command.Register register && register.lease().equals(lease)) {
      keys.add(register.key());
    }
  }

  /** Completes with a catalog that has reached the revision, or empty after the patience. */
  public CompletableFuture<Optional<Catalog>> reached(
      String namespace, long revision, Duration patience) {
    return CompletableFuture.supplyAsync(() -> make(namespace), desk.loop())
        .thenComposeAsync(
            ledger ->
                ledger instanceof Outcome.Done<Ledger> done
                    ? done.value().reached(revision, patience)
                    : CompletableFuture.completedFuture(Optional.empty()),
            desk.loop());
  }

  /** Adds a follower to a namespace, born or not. Completes on the ledger loop. */
  public CompletableFuture<Outcome<Ledger>> follow(String namespace, Follower follower) {
    return CompletableFuture.supplyAsync(
        () -> {
          Outcome<Ledger> ledger = make(namespace);
          if (ledger instanceof Outcome.Done<Ledger> done) {
            done.value().hub().add(follower);
          }
          return ledger;
        },
        desk.loop());
  }

  /** Takes a follower away again. */
  public void unfollow(String namespace, Follower follower) {
    desk.loop()
        .execute(
            () -> {
              Ledger ledger = ledgers.get(namespace);
              if (ledger != null) {
                ledger.hub().remove(follower);
              }
            });
  }

  /** Decides a client's command and sees it through. */
  public CompletableFuture<Outcome<Catalog>> submit(String namespace, Command command) {
    return inbox.submit(namespace, command);
  }

  /** The same for the registry's own commands, which go before those of clients. */
  public CompletableFuture<Outcome<Catalog>> submitUrgent(String namespace, Command command) {
    return inbox.submitUrgent(namespace, command);
  }

  /** Why the store does not take changes, as far as is known; empty: it does. From any thread. */
  public Optional<StoreTrouble> storeTrouble() {
    return StoreTrouble.of(desk.store().standing(), refusals.now(desk.loop().nanoTime()));
  }

  /** How long ago it was last known that nothing newer was kept. From any thread. */
  public Duration behind() {
    return desk.store().standing().behind();
  }

  /** Whether the store is getting back what it lost. */
  public boolean recovering(String namespace) {
    return doubt.recovering(namespace);
  }

  /** Whether the namespace may lack what the store lost: what is not in it may yet come back. */
  public boolean doubtful(String namespace) {
    return doubt.about(namespace);
  }

  /** A client knows of something in the namespace that is not there. */
  public void missed(String namespace) {
    doubt.missed(namespace);
  }

  @Override
  public void committed(String namespace, List<Commit> commits) {
    long committedNanos = desk.loop().nanoTime();
    refusals.forget();
    desk.loop()
        .execute(
            () -> {
              if (make(namespace) instanceof Outcome.Done<Ledger> ledger) {
                ledger.value().committed(commits, committedNanos);
              }
            });
  }

  @Override
  public void failed(Store.Append append, Store.Failure why) {
    if (desk.store().standing().up()) {
      // else that is why
      refusals.note(why, desk.loop().nanoTime());
    }
    desk.loop()
        .execute(
            () -> {
              Ledger ledger = ledgers.get(append.namespace());
              if (ledger != null) {
                ledger.failed(append, why);
              }
            });
  }

  @Override
  public void overtaken(Store.Append append, Position head) {
    desk.loop()
        .execute(
            () -> {
              Ledger ledger = ledgers.get(append.namespace());
              if (ledger != null) {
                ledger.overtaken(append, head);
              }
            });
  }

  @Override
  public void reset(Kept.Namespace now) {
    desk.loop()
        .execute(
            () -> {
              if (make(now.catalog().namespace()) instanceof Outcome.Done<Ledger> ledger) {
                ledger.value().reset(now);
              }
            });
  }

  @Override
  public Catalog view(String namespace) {
    return CompletableFuture.supplyAsync(() -> catalog(namespace), desk.loop()).join();
  }

  @Override
  public void recovering(String namespace, Store.Recovering now) {
    if (now == Store.Recovering.BEGUN) {
      doubt.begun(namespace);
      return;
    }
    // not before what was brought back is there
    desk.loop()
        .execute(
            () -> {
              doubt.ended(namespace);
              Ledger ledger = ledgers.get(namespace);
              if (ledger != null) {
                ledger.hub().wakeAll();
              }
            });
  }

  private void handle(String namespace, Pending pending) {
    Outcome<Ledger> ledger = make(namespace);
    if (ledger instanceof Outcome.Done<Ledger> done) {
      done.value().handle(pending);
    } else if (ledger instanceof Outcome.Refused<Ledger> refused) {
      pending.refuse(refused.why());
    }
  }

  private void open(Kept.Namespace kept) {
    WatchHub hub = new WatchHub(desk.loop(), encoder, budget);
    hub.restart(kept.catalog().position(), kept.log());
    ledgers.put(kept.catalog().namespace(), new Ledger(desk, kept.catalog(), hub));
  }

  private Outcome<Ledger> make(String namespace) {
    desk.loop().assertInside();
    Ledger known = ledgers.get(namespace);
    if (known != null) {
      return new Outcome.Done<>(known);
    }
    if (ledgers.size() >= NAMESPACES) {
      ledgers.values().removeIf(this::retire);
    }
    if (ledgers.size() >= NAMESPACES) {
      return new Outcome.Refused<>(
          Rejection.of(
              Reason.NAMESPACE_LIMIT,
              "namespace %s would be one more than %d; use an existing one"
                  .formatted(namespace, NAMESPACES)));
    }
    WatchHub hub = new WatchHub(desk.loop(), encoder, budget);
    Ledger made = new Ledger(desk, Catalog.unborn(namespace), hub);
    ledgers.put(namespace, made);
    return new Outcome.Done<>(made);
  }

  private boolean retire(Ledger ledger) {
    if (!ledger.idleAndUnborn()) {
      return false;
    }
    ledger.hub().close();
    return true;
  }

  private void answerLate() {
    long before = desk.loop().nanoTime() - ANSWER_WITHIN.toNanos();
    ledgers.values().forEach(ledger -> ledger.giveUpBefore(before));
    desk.loop().schedule(LOOK_FOR_LATE, this::answerLate);
  }
}
