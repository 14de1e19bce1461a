// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.config;

import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.ledger.Ledger;
import dev.rollcall.server.ledger.Ledgers;
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

/** Opens watches of settings. From any thread; an open watch runs on the loop of its stream. */
public final class ConfigWatches {
  private static final int SNAPSHOTS_AT_ONCE = 16;
  private static final int PART_BYTES = 128 << 10;

  private final Ledgers ledgers;
  private final FrameEncoder encoder;
  private final BodyCache bodies;
  private final SnapshotPlaces places = new SnapshotPlaces(SNAPSHOTS_AT_ONCE);

  /** Over the configuration's ledgers. */
  public ConfigWatches(Ledgers ledgers, FrameEncoder encoder, BodyCache bodies) {
    this.ledgers = ledgers;
    this.encoder = encoder;
    this.bodies = bodies;
  }

  /** A request to follow all keys below a prefix. */
  public record Call(String namespace, String prefix, Position from) {}

  /**
   * Starts to follow.
   *
   * @param loop of the stream; the answer may come elsewhere
   * @param bell rings when there may be something to poll
   */
  public CompletableFuture<Outcome<OpenWatch>> open(Call call, Loop loop, Runnable bell) {
    Rejection rejection = new Paths().namespace(call.namespace()).prefix(call.prefix()).rejection();
    if (rejection != null) {
      return CompletableFuture.completedFuture(new Outcome.Refused<>(rejection));
    }
    String kept = Config.keptAs(call.namespace());
    Follower follower = new Follower(Selector.beginningWith(call.prefix()), bell);
    return ledgers
        .follow(kept, follower)
        .thenApplyAsync(
            outcome ->
                outcome instanceof Outcome.Done<Ledger> ledger
                    ? new Outcome.Done<>(followed(kept, ledger.value(), follower, call, loop))
                    : new Outcome.Refused<>(((Outcome.Refused<Ledger>) outcome).why()),
            loop);
  }

  private OpenWatch followed(String kept, Ledger ledger, Follower follower, Call call, Loop loop) {
    String epoch = call.from().epoch();
    if (!epoch.isEmpty() && !epoch.equals(ledger.catalog().position().epoch())) {
      ledgers.missed(kept);
    }
    Watching at =
        new Watching(
            ledger::catalog,
            ledger.hub()::ring,
            () -> ledgers.doubtful(kept),
            encoder,
            bodies,
            places,
            PART_BYTES);
    Watch watch = new Watch(loop, at, follower, call.from());
    return new OpenWatch() {
      @Override
      public Watch.Step poll() {
        return watch.poll();
      }

      @Override
      public void close() {
        watch.close();
        ledgers.unfollow(kept, follower);
      }
    };
  }
}
