// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.order;

import dev.rollcall.examples.order.Warehouses.Answer;
import dev.rollcall.examples.order.Warehouses.NobodyThere;
import dev.rollcall.examples.order.Warehouses.OutOfStock;
import dev.rollcall.examples.order.Warehouses.Sold;
import dev.rollcall.examples.order.Warehouses.Unclear;
import dev.rollcall.examples.order.Warehouses.Unknown;
import dev.rollcall.examples.order.v1.Purchase;
import dev.rollcall.sdk.Rollcall;
import dev.rollcall.sdk.RollcallException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Buys one piece for each request id.
 *
 * <p>A warehouse sells a request id once, but it knows nothing of the others. So after a lost
 * answer the same warehouse is asked again, and another one only when nobody is there any more:
 * then what it may have sold is lost with it. As long as it lives and does not answer, the purchase
 * stays unclear, and asking with the same request id later begins at that warehouse.
 */
final class Purchases {
  private static final int QUESTIONS_AFTER_A_LOST_ANSWER = 3;

  private static final Logger log = LoggerFactory.getLogger(Purchases.class);

  private final Rollcall rollcall;
  private final Warehouses warehouses;
  private final RequestLog requests = new RequestLog();

  Purchases(Rollcall rollcall, Warehouses warehouses) {
    this.rollcall = rollcall;
    this.warehouses = warehouses;
  }

  /** How a purchase ended. */
  sealed interface Outcome {}

  /** Bought. */
  record Bought(Purchase purchase) implements Outcome {}

  /** No warehouse knows the product. */
  record NoSuchProduct(String message) implements Outcome {}

  /** All warehouses were asked, none has one left. */
  record SoldOut(String message) implements Outcome {}

  /** No warehouse could be asked; nothing was sold. */
  record NoWarehouse(String message) implements Outcome {}

  /** A warehouse may have sold it; ask again with the same request id. */
  record StillUnclear(String message) implements Outcome {}

  Outcome buy(String productId, String requestId) {
    return requests.once(requestId, () -> search(productId, requestId));
  }

  private Outcome search(String productId, String requestId) {
    Set<String> tried = new HashSet<>();
    boolean soldOut = false;
    String trouble = "";
    Answer answer = first(productId, requestId);
    while (true) {
      if (answer instanceof Unclear) {
        answer = insist((Unclear) answer, productId, requestId);
      }
      if (answer instanceof Sold sold) {
        return bought(sold);
      } else if (answer instanceof Unknown unknown) {
        return new NoSuchProduct(unknown.message());
      } else if (answer instanceof Unclear unclear) {
        requests.unclear(requestId, unclear.address());
        return new StillUnclear(
            unclear.message() + "; it may be sold: ask again with request_id=" + requestId);
      } else if (answer instanceof OutOfStock) {
        soldOut = true;
      } else if (answer instanceof NobodyThere nobody) {
        trouble = nobody.message();
      }
      tried.add(answer.address());
      Optional<String> next = another(tried);
      if (next.isEmpty()) {
        return soldOut
            ? new SoldOut("product " + productId + " is out of stock in every warehouse")
            : new NoWarehouse(trouble.isEmpty() ? "no warehouse answers" : trouble);
      }
      log.info("{} was no use, trying {}", answer.address(), next.get());
      answer = warehouses.sellAt(next.get(), productId, requestId);
    }
  }

  private Answer first(String productId, String requestId) {
    return requests
        .whereUnclear(requestId)
        .map(address -> warehouses.sellAt(address, productId, requestId))
        .orElseGet(() -> warehouses.sellSomewhere(productId, requestId));
  }

  /** Asks the warehouse again that may have sold it. */
  private Answer insist(Unclear lost, String productId, String requestId) {
    Answer answer = lost;
    for (int i = 0; i < QUESTIONS_AFTER_A_LOST_ANSWER && answer instanceof Unclear; i++) {
      log.info("lost the answer of {}, asking it again: {}", lost.address(), lost.message());
      if (lost.address().isEmpty()) {
        return lost;
      }
      answer = warehouses.sellAt(lost.address(), productId, requestId);
    }
    return answer;
  }

  private Optional<String> another(Set<String> tried) {
    try {
      return Optional.of(rollcall.pick("product", warehouses.endpoint(), tried));
    } catch (RollcallException e) {
      return Optional.empty();
    }
  }

  private static Outcome bought(Sold sold) {
    log.info("bought at {}: {}", sold.address(), sold.sale().getReceipt());
    return new Bought(
        Purchase.newBuilder()
            .setReceipt(sold.sale().getReceipt())
            .setRequestId(sold.sale().getRequestId())
            .setProductId(sold.sale().getProductId())
            .setWarehouse(sold.sale().getWarehouse())
            .setAddress(sold.address())
            .setRun(sold.sale().getRun())
            .build());
  }
}
