// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Decision;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.watch.WatchHub;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/**
 * The one way into a namespace, and the only writer of its catalog.
 *
 * <p>The big idea: a command is decided against the newest catalog, the change that it makes is
 * given to the store, and nothing is true before the store's feed brings it back: then it is
 * applied to the catalog, published to followers, and only then is the caller told. So an answer
 * never names a revision that this server does not serve yet, and there is one code path for
 * changes of this server and of others.
 *
 * <p>At most one change of a record is on its way to the store; further commands about it wait and
 * are decided afterwards. Runs on the ledger loop, which all namespaces share.
 */
public final class Ledger {
  /** How often a command is decided before a conflict is the caller's. */
  static final int ATTEMPTS = 3;

  private final Desk desk;
  private final WatchHub hub;
  private final Map<InstanceKey, Pending> underWay = new HashMap<>();
  private final Map<InstanceKey, Deque<Pending>> waiting = new HashMap<>();
  private final Set<InstanceKey> parked = new LinkedHashSet<>();
  private final PriorityQueue<Reached> readers = new PriorityQueue<>();
  private volatile Catalog catalog;

  Ledger(Desk desk, Catalog start, WatchHub hub) {
    this.desk = desk;
    this.catalog = start;
    this.hub = hub;
  }

  /** The newest catalog. From any thread. */
  public Catalog catalog() {
    return catalog;
  }

  /** Its followers. */
  public WatchHub hub() {
    return hub;
  }

  /** Completes with the catalog once it has reached the revision, or empty after the patience. */
  CompletableFuture<Optional<Catalog>> reached(long revision, Duration patience) {
    desk.loop().assertInside();
    Reached reader = new Reached(revision, new CompletableFuture<>());
    readers.add(reader);
    answerReaders();
    desk.loop()
        .schedule(
            patience,
            () -> {
              if (reader.future.complete(Optional.empty())) {
                readers.remove(reader);
              }
            });
    return reader.future;
  }

  /** Decides a command and sees it through. */
  void handle(Pending pending) {
    desk.loop().assertInside();
    InstanceKey key = pending.command.key();
    if (underWay.containsKey(key)) {
      waiting.computeIfAbsent(key, k -> new ArrayDeque<>()).add(pending);
    } else {
      decide(pending);
    }
  }

  /** The feed: these changes are kept. */
  void committed(List<Commit> commits, long committedNanos) {
    desk.loop().assertInside();
    Catalog next = catalog;
    List<Registration> before = new ArrayList<>(commits.size());
    for (Commit commit : commits) {
      before.add(next.find(commit.change().key()));
      next = commit.change().applyTo(next, commit.position());
    }
    catalog = next;
    hub.publish(commits, committedNanos);
    for (int i = 0; i < commits.size(); i++) {
      desk.listener().changed(next.namespace(), before.get(i), commits.get(i));
    }
    for (Commit commit : commits) {
      settleOwn(commit);
    }
    goOn();
    answerReaders();
  }

  /** The feed: this is what the store holds now; what led there is not known one by one. */
  void reset(Kept.Namespace now) {
    desk.loop().assertInside();
    Catalog before = catalog;
    Catalog next = now.catalog();
    catalog = next;
    hub.restart(next.position(), now.log());
    for (Difference difference : Difference.between(before, next, desk.wallClock().instant())) {
      desk.listener().changed(next.namespace(), difference.before(), difference.commit());
    }
    now.log().forEach(this::settleOwn);
    goOn();
    answerReaders();
  }

  /** The feed: this change was not kept. */
  void failed(Store.Append append, Store.Failure why) {
    desk.loop().assertInside();
    InstanceKey key = append.change().key();
    Pending pending = underWay.get(key);
    if (pending == null || pending.nonce != append.nonce()) {
      return;
    }
    underWay.remove(key);
    if (why == Store.Failure.CONFLICT && ++pending.conflicts < ATTEMPTS) {
      decide(pending);
    } else {
      pending.refuse(StoreRefusal.of(why, key));
    }
    next(key);
  }

  /** The feed: this change was not kept because of others; it is decided again on a newer view. */
  void overtaken(Store.Append append, Position head) {
    desk.loop().assertInside();
    InstanceKey key = append.change().key();
    Pending pending = underWay.get(key);
    if (pending == null || pending.nonce != append.nonce()) {
      return;
    }
    if (++pending.conflicts < ATTEMPTS) {
      pending.parkedUntil = head;
      parked.add(key);
      goOn();
    } else {
      underWay.remove(key);
      pending.refuse(StoreRefusal.of(Store.Failure.CONFLICT, key));
      next(key);
    }
  }

  /** Answers those who have waited too long for the store. Their changes may still come. */
  void giveUpBefore(long nanos) {
    desk.loop().assertInside();
    for (Map.Entry<InstanceKey, Pending> entry : List.copyOf(underWay.entrySet())) {
      if (entry.getValue().submittedBefore(nanos)) {
        giveUp(entry.getKey(), entry.getValue());
      }
    }
    waiting.forEach(
        (key, queue) -> {
          while (!queue.isEmpty() && queue.peek().submittedBefore(nanos)) {
            queue.remove().refuse(StoreRefusal.notTried(key));
          }
        });
    waiting.values().removeIf(Deque::isEmpty);
  }

  private void giveUp(InstanceKey key, Pending pending) {
    if (parked.remove(key)) {
      underWay.remove(key);
      pending.refuse(StoreRefusal.of(Store.Failure.UNAVAILABLE, key));
      next(key);
    } else {
      pending.refuse(StoreRefusal.of(Store.Failure.OUTCOME_UNKNOWN, key));
    }
  }

  /** Commands that are not settled yet. */
  Stream<Command> pending() {
    desk.loop().assertInside();
    return Stream.concat(
            underWay.values().stream(), waiting.values().stream().flatMap(Deque::stream))
        .map(pending -> pending.command);
  }

  /** Whether nothing was ever written, nobody follows and nothing is on its way. */
  boolean idleAndUnborn() {
    return catalog.position().revision() == 0
        && catalog.position().epoch().isEmpty()
        && hub.quiet()
        && underWay.isEmpty()
        && readers.isEmpty();
  }

  private void decide(Pending pending) {
    Catalog now = catalog;
    // whole milliseconds: what stores keep, so that a record is the same before and after a restart
    Instant time = desk.wallClock().instant().truncatedTo(ChronoUnit.MILLIS);
    Decision decision = pending.command.decide(now, time);
    if (decision instanceof Decision.Accepted accepted) {
      InstanceKey key = pending.command.key();
      Registration before = now.find(key);
      pending.nonce = desk.nonces().nextLong();
      pending.appendedNanos = desk.loop().nanoTime();
      underWay.put(key, pending);
      desk.store()
          .append(
              new Store.Append(
                  now.namespace(),
                  pending.nonce,
                  now.revisionOf(key),
                  now.position(),
                  before != null && before.usable(),
                  accepted.change()));
    } else if (decision instanceof Decision.Refused refused) {
      pending.refuse(refused.why());
    } else {
      pending.done(now);
    }
  }

  /** Decides again what waited for this view. */
  private void goOn() {
    if (parked.isEmpty()) {
      return;
    }
    for (InstanceKey key : List.copyOf(parked)) {
      Pending pending = underWay.get(key);
      if (pending != null && pending.mayGoOnAt(catalog.position())) {
        pending.parkedUntil = null;
        parked.remove(key);
        underWay.remove(key);
        decide(pending);
        next(key);
      }
    }
  }

  private void settleOwn(Commit commit) {
    InstanceKey key = commit.change().key();
    Pending pending = underWay.get(key);
    if (pending != null && pending.nonce == commit.position().nonce()) {
      underWay.remove(key);
      parked.remove(key);
      desk.meters().committed(desk.loop().nanoTime() - pending.appendedNanos);
      pending.done(catalog);
      next(key);
    }
  }

  private void next(InstanceKey key) {
    Deque<Pending> queue = waiting.get(key);
    while (queue != null && !underWay.containsKey(key)) {
      decide(queue.removeFirst());
      if (queue.isEmpty()) {
        waiting.remove(key);
        queue = null;
      }
    }
  }

  private void answerReaders() {
    Catalog now = catalog;
    while (!readers.isEmpty() && readers.peek().revision <= now.position().revision()) {
      readers.remove().future.complete(Optional.of(now));
    }
  }

  private record Reached(long revision, CompletableFuture<Optional<Catalog>> future)
      implements Comparable<Reached> {
    @Override
    public int compareTo(Reached other) {
      return Long.compare(revision, other.revision);
    }
  }
}
