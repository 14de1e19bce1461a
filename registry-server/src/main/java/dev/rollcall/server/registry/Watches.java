// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.ledger.Ledger;
import dev.rollcall.server.ledger.LedgerWatches;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.registry.Dependencies.Pair;
import dev.rollcall.server.watch.BodyCache;
import dev.rollcall.server.watch.Follower;
import dev.rollcall.server.watch.FrameEncoder;
import dev.rollcall.server.watch.OpenWatch;
import dev.rollcall.server.watch.Selector;
import dev.rollcall.server.watch.Watch;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Opens watches. From any thread; an open watch runs on the loop of its stream. */
public final class Watches {
  private static final int SNAPSHOTS_AT_ONCE = 64;

  private final Ledgers ledgers;
  private final LedgerWatches watches;
  private final AtomicInteger open = new AtomicInteger();

  /** How many streams follow whom for whom; pairs that nobody follows are not kept. */
  private final Map<Followed, Integer> watching = new ConcurrentHashMap<>();

  /** Over the ledgers' followers. */
  public Watches(Ledgers ledgers, FrameEncoder encoder, BodyCache bodies) {
    this.ledgers = ledgers;
    this.watches = new LedgerWatches(ledgers, encoder, bodies, SNAPSHOTS_AT_ONCE);
  }

  /** How many streams are open. */
  public int count() {
    return open.get();
  }

  /** How many streams follow whom for whom in a namespace now. */
  public Map<Pair, Integer> watching(String namespace) {
    Map<Pair, Integer> pairs = new HashMap<>();
    watching.forEach(
        (followed, streams) -> {
          if (followed.namespace().equals(namespace)) {
            pairs.put(followed.pair(), streams);
          }
        });
    return pairs;
  }

  /**
   * Starts to follow.
   *
   * @param loop of the stream; the answer may come elsewhere
   * @param bell rings when there may be something to poll
   */
  public CompletableFuture<Outcome<OpenWatch>> open(WatchCall call, Loop loop, Runnable bell) {
    Rejection rejection = call.check();
    if (rejection != null) {
      return CompletableFuture.completedFuture(new Outcome.Refused<>(rejection));
    }
    return call.requiredBy() == null
        ? follow(call, new TreeSet<>(call.services()), call.from(), loop, bell)
        : RequiredWatch.open(this, call, call.requiredBy(), loop, bell);
  }

  /** Follows exactly these services. */
  CompletableFuture<Outcome<OpenWatch>> follow(
      WatchCall call, SortedSet<String> services, Position from, Loop loop, Runnable bell) {
    Selector selector = new Selector(services, call.view());
    return watches
        .open(call.namespace(), selector, from, loop, bell)
        .thenApply(
            outcome ->
                outcome instanceof Outcome.Done<OpenWatch> watch
                    ? new Outcome.Done<>(counted(call, selector.services(), watch.value()))
                    : outcome);
  }

  /** Rings when a service changes, without following it. */
  CompletableFuture<Outcome<Ledger>> listen(String namespace, Follower follower) {
    return ledgers.follow(namespace, follower);
  }

  void unlisten(String namespace, Follower follower) {
    ledgers.unfollow(namespace, follower);
  }

  /** The newest record of an instance and what it requires. */
  @Nullable Registration find(String namespace, InstanceKey key) {
    return ledgers.catalog(namespace).find(key);
  }

  private OpenWatch counted(WatchCall call, SortedSet<String> services, OpenWatch watch) {
    open.incrementAndGet();
    note(call, services, 1);
    return new OpenWatch() {
      @Override
      public Watch.Step poll() {
        return watch.poll();
      }

      @Override
      public void close() {
        open.decrementAndGet();
        note(call, services, -1);
        watch.close();
      }
    };
  }

  private void note(WatchCall call, SortedSet<String> services, int by) {
    for (String service : services) {
      watching.merge(
          new Followed(call.namespace(), new Pair(call.watcher(), service)),
          by,
          (known, more) -> known + more == 0 ? null : known + more);
    }
  }

  private record Followed(String namespace, Pair pair) {}
}
