// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Rejection;
import java.util.concurrent.CompletableFuture;

/** A command on its way, with whoever waits for it. On the ledger loop, but for the future. */
final class Pending {
  final Command command;

  /** Names the change under way. */
  long nonce;

  /** How often the store refused its change because the record had moved on. */
  int conflicts;

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

  void done(Catalog catalog) {
    future.complete(new Outcome.Done<>(catalog));
  }

  void refuse(Rejection why) {
    future.complete(new Outcome.Refused<>(why));
  }
}
