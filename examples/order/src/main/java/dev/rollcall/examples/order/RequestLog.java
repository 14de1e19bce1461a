// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.order;

import dev.rollcall.examples.order.Purchases.Bought;
import dev.rollcall.examples.order.Purchases.Outcome;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Remembers what became of request ids, so that asking again neither buys twice nor gets another
 * receipt. Holds the last 100,000 in memory. Safe for all threads.
 */
final class RequestLog {
  private static final int MOST = 100_000;

  private final Map<String, CompletableFuture<Outcome>> purchases = bounded();
  private final Map<String, String> unclear = bounded();

  private static <V> Map<String, V> bounded() {
    return new LinkedHashMap<>() {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
        return size() > MOST;
      }
    };
  }

  /** The outcome of the first who asked with this id; a failed purchase may be tried again. */
  Outcome once(String requestId, Supplier<Outcome> purchase) {
    var mine = new CompletableFuture<Outcome>();
    CompletableFuture<Outcome> theirs;
    synchronized (this) {
      theirs = purchases.putIfAbsent(requestId, mine);
    }
    if (theirs != null) {
      return theirs.join();
    }
    try {
      Outcome outcome = purchase.get();
      if (!(outcome instanceof Bought)) {
        forget(requestId);
      }
      mine.complete(outcome);
      return outcome;
    } catch (RuntimeException e) {
      forget(requestId);
      mine.completeExceptionally(e);
      throw e;
    }
  }

  private synchronized void forget(String requestId) {
    purchases.remove(requestId);
  }

  synchronized void unclear(String requestId, String address) {
    unclear.put(requestId, address);
  }

  synchronized Optional<String> whereUnclear(String requestId) {
    return Optional.ofNullable(unclear.get(requestId)).filter(address -> !address.isEmpty());
  }
}
