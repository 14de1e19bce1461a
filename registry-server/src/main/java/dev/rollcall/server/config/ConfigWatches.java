// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.config;

import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.ledger.LedgerWatches;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.watch.BodyCache;
import dev.rollcall.server.watch.FrameEncoder;
import dev.rollcall.server.watch.OpenWatch;
import dev.rollcall.server.watch.Selector;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Opens watches of settings. From any thread; an open watch runs on the loop of its stream. */
public final class ConfigWatches {
  private static final int SNAPSHOTS_AT_ONCE = 16;

  private final LedgerWatches watches;

  /** Over the configuration's ledgers. */
  public ConfigWatches(Ledgers ledgers, FrameEncoder encoder, BodyCache bodies) {
    this.watches = new LedgerWatches(ledgers, encoder, bodies, SNAPSHOTS_AT_ONCE);
  }

  /**
   * A request to follow settings.
   *
   * @param key only this one; empty: all below the prefix
   */
  public record Call(String namespace, String prefix, String key, Position from) {}

  /**
   * Starts to follow.
   *
   * @param loop of the stream; the answer may come elsewhere
   * @param bell rings when there may be something to poll
   */
  public CompletableFuture<Outcome<OpenWatch>> open(Call call, Loop loop, Runnable bell) {
    Rejection rejection = check(call);
    if (rejection != null) {
      return CompletableFuture.completedFuture(new Outcome.Refused<>(rejection));
    }
    Selector selector =
        call.key().isEmpty() ? Selector.beginningWith(call.prefix()) : Selector.exactly(call.key());
    return watches.open(Config.keptAs(call.namespace()), selector, call.from(), loop, bell);
  }

  private static @Nullable Rejection check(Call call) {
    Paths paths = new Paths().namespace(call.namespace());
    if (call.key().isEmpty()) {
      return paths.prefix(call.prefix()).rejection();
    }
    return paths.key(call.key()).noneBeside("key", "prefix", call.prefix()).rejection();
  }
}
