// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.ledger.Ledger;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.watch.BodyCache;
import dev.rollcall.server.watch.Follower;
import dev.rollcall.server.watch.FrameEncoder;
import dev.rollcall.server.watch.Selector;
import dev.rollcall.server.watch.SnapshotPlaces;
import dev.rollcall.server.watch.Watch;
import dev.rollcall.server.watch.Watching;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Opens watches. From any thread; an open watch runs on the loop of its stream. */
public final class Watches {
  private static final int SERVICES = 256;
  private static final int SNAPSHOTS_AT_ONCE = 64;
  private static final int PART_BYTES = 128 << 10;

  private final Ledgers ledgers;
  private final FrameEncoder encoder;
  private final BodyCache bodies;
  private final SnapshotPlaces places = new SnapshotPlaces(SNAPSHOTS_AT_ONCE);
  private final AtomicInteger open = new AtomicInteger();

  /** Over the ledgers' followers. */
  public Watches(Ledgers ledgers, FrameEncoder encoder, BodyCache bodies) {
    this.ledgers = ledgers;
    this.encoder = encoder;
    this.bodies = bodies;
  }

  /** How many are open. */
  public int count() {
    return open.get();
  }

  /** What is wrong with a request to follow these services; null: nothing. */
  public static @Nullable Rejection check(String namespace, List<String> services) {
    Names names = new Names().checkNamespace(namespace);
    names.checkCount("services", services.size(), SERVICES);
    for (int i = 0; i < Math.min(services.size(), SERVICES); i++) {
      names.checkService("services[" + i + "]", services.get(i));
    }
    return names.rejection();
  }

  /**
   * Follows services.
   *
   * @param from the position to continue from
   * @param loop of the stream; the answer comes there
   * @param bell rings when there may be something to poll
   */
  public CompletableFuture<Outcome<Open>> open(
      String namespace, Selector selector, Position from, Loop loop, Runnable bell) {
    Follower follower = new Follower(selector, bell);
    return ledgers
        .follow(namespace, follower)
        .thenApplyAsync(ledger -> opened(ledger, namespace, follower, from, loop), loop);
  }

  private Outcome<Open> opened(
      Outcome<Ledger> outcome, String namespace, Follower follower, Position from, Loop loop) {
    if (outcome instanceof Outcome.Done<Ledger> ledger) {
      Watching at =
          new Watching(
              ledger.value()::catalog,
              ledger.value().hub().ring(),
              encoder,
              bodies,
              places,
              PART_BYTES);
      open.incrementAndGet();
      Watch watch = new Watch(loop, at, follower, from);
      return new Outcome.Done<>(
          new Open(
              watch,
              () -> {
                open.decrementAndGet();
                watch.close();
                ledgers.unfollow(namespace, follower);
              }));
    }
    return new Outcome.Refused<>(((Outcome.Refused<Ledger>) outcome).why());
  }

  /**
   * A watch that is followed.
   *
   * @param close ends it; call once, on the stream's loop
   */
  public record Open(Watch watch, Runnable close) {}
}
