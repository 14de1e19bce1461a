// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.loop.Loop;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Stream;

/**
 * Commands of all namespaces that were not looked at yet. The registry's own go before those of
 * clients, and of those no more than a limit may wait. Commands come from any thread and are handed
 * on, some at a time, on the ledger loop.
 */
final class Inbox {
  private static final int MOST_WAITING = 10_000;
  private static final int TURN = 256;

  private final Loop loop;
  private final BiConsumer<String, Pending> handle;
  private final Queue<Entry> urgent = new ConcurrentLinkedQueue<>();
  private final Queue<Entry> ordinary = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final AtomicInteger unanswered = new AtomicInteger();

  /**
   * @param handle takes a command of a namespace, on the loop
   */
  Inbox(Loop loop, BiConsumer<String, Pending> handle) {
    this.loop = loop;
    this.handle = handle;
  }

  CompletableFuture<Outcome<Catalog>> submit(String namespace, Command command) {
    if (unanswered.get() >= MOST_WAITING) {
      return CompletableFuture.completedFuture(
          new Outcome.Refused<>(
              Rejection.of(
                  Reason.TOO_BUSY,
                  "%d changes are waiting already; try again later".formatted(MOST_WAITING))));
    }
    unanswered.incrementAndGet();
    return enqueue(ordinary, namespace, command)
        .whenComplete((outcome, failure) -> unanswered.decrementAndGet());
  }

  CompletableFuture<Outcome<Catalog>> submitUrgent(String namespace, Command command) {
    return enqueue(urgent, namespace, command);
  }

  /** Clients' commands about a namespace that wait here. */
  Stream<Command> waiting(String namespace) {
    return ordinary.stream()
        .filter(entry -> entry.namespace.equals(namespace))
        .map(entry -> entry.pending.command);
  }

  private CompletableFuture<Outcome<Catalog>> enqueue(
      Queue<Entry> queue, String namespace, Command command) {
    Pending pending = new Pending(command, loop.nanoTime());
    queue.add(new Entry(namespace, pending));
    schedule();
    return pending.future();
  }

  private void schedule() {
    if (scheduled.compareAndSet(false, true)) {
      loop.execute(this::turn);
    }
  }

  private void turn() {
    scheduled.set(false);
    try {
      for (int handled = 0; handled < TURN; handled++) {
        Entry entry = urgent.poll();
        if (entry == null) {
          entry = ordinary.poll();
        }
        if (entry == null) {
          return;
        }
        handle.accept(entry.namespace, entry.pending);
      }
    } finally {
      // also after a failure, which is the loop's to log: it must not hold up everybody else
      if (!urgent.isEmpty() || !ordinary.isEmpty()) {
        schedule();
      }
    }
  }

  private record Entry(String namespace, Pending pending) {}
}
