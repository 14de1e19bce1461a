// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.watch.BodyCache;
import dev.rollcall.server.watch.Follower;
import dev.rollcall.server.watch.FrameEncoder;
import dev.rollcall.server.watch.OpenWatch;
import dev.rollcall.server.watch.Selector;
import dev.rollcall.server.watch.SnapshotPlaces;
import dev.rollcall.server.watch.Watch;
import dev.rollcall.server.watch.Watching;
import java.util.concurrent.CompletableFuture;

/**
 * Opens watches over ledgers, whatever the ledgers hold. From any thread; an open watch runs on the
 * loop of its stream.
 */
public final class LedgerWatches {
  private static final int PART_BYTES = 128 << 10;

  private final Ledgers ledgers;
  private final FrameEncoder encoder;
  private final BodyCache bodies;
  private final SnapshotPlaces places;

  /**
   * Over these ledgers' followers.
   *
   * @param snapshotsAtOnce how many watches may be sent a snapshot at the same time; others wait
   */
  public LedgerWatches(
      Ledgers ledgers, FrameEncoder encoder, BodyCache bodies, int snapshotsAtOnce) {
    this.ledgers = ledgers;
    this.encoder = encoder;
    this.bodies = bodies;
    this.places = new SnapshotPlaces(snapshotsAtOnce);
  }

  /**
   * Starts to follow.
   *
   * @param from the position to go on from
   * @param loop of the stream; the answer comes there
   * @param bell rings when there may be something to poll
   */
  public CompletableFuture<Outcome<OpenWatch>> open(
      String namespace, Selector selector, Position from, Loop loop, Runnable bell) {
    Follower follower = new Follower(selector, bell);
    return ledgers
        .follow(namespace, follower)
        .thenApplyAsync(
            outcome ->
                outcome instanceof Outcome.Done<Ledger> ledger
                    ? new Outcome.Done<>(followed(namespace, ledger.value(), follower, from, loop))
                    : new Outcome.Refused<>(((Outcome.Refused<Ledger>) outcome).why()),
            loop);
  }

  private OpenWatch followed(
      String namespace, Ledger ledger, Follower follower, Position from, Loop loop) {
    if (!from.epoch().isEmpty() && !from.epoch().equals(ledger.catalog().position().epoch())) {
      ledgers.missed(namespace);
    }
    Watching at =
        new Watching(
            ledger::catalog,
            ledger.hub()::ring,
            () -> ledgers.doubtful(namespace),
            encoder,
            bodies,
            places,
            PART_BYTES);
    Watch watch = new Watch(loop, at, follower, from);
    return new OpenWatch() {
      @Override
      public Watch.Step poll() {
        return watch.poll();
      }

      @Override
      public void close() {
        watch.close();
        ledgers.unfollow(namespace, follower);
      }
    };
  }
}
