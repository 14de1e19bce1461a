// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Rejection;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A command on its way, with whoever waits for it. On the ledger loop, but for the future. */
final class Pending {
  final Command command;

  /** Names the change under way. */
  long nonce;

  /** When that was given to the store, by the loop's clock. */
  long appendedNanos;

  /** How often the store refused its change because the record had moved on. */
  int conflicts;

  /** Where the view must have got to before it is decided again; null: its change is under way. */
  @Nullable Position parkedUntil;

  private final long submittedNanos;
  private final CompletableFuture<Outcome<Catalog>> future = new CompletableFuture<>();

  Pending(Command command, long submittedNanos) {
    this.command = command;
    this.submittedNanos = submittedNanos;
  }

  CompletableFuture<Outcome<Catalog>> future() {
    return future;
  }

  boolean submittedBefore(long nanos) {
    return submittedNanos - nanos < 0;
  }

  /** Whether a view at this position may decide it again. */
  boolean mayGoOnAt(Position at) {
    Position until = parkedUntil;
    return until != null && at.epoch().equals(until.epoch()) && at.revision() >= until.revision();
  }

  void done(Catalog catalog) {
    future.complete(new Outcome.Done<>(catalog));
  }

  void refuse(Rejection why) {
    future.complete(new Outcome.Refused<>(why));
  }
}
