// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.order;

import dev.rollcall.examples.order.Purchases.Bought;
import dev.rollcall.examples.order.Purchases.NoSuchProduct;
import dev.rollcall.examples.order.Purchases.NoWarehouse;
import dev.rollcall.examples.order.Purchases.Outcome;
import dev.rollcall.examples.order.Purchases.SoldOut;
import dev.rollcall.examples.order.Purchases.StillUnclear;
import dev.rollcall.examples.order.v1.Health;
import dev.rollcall.examples.order.v1.Purchase;
import dev.rollcall.examples.web.JsonServer;
import dev.rollcall.examples.web.JsonServer.Reply;
import dev.rollcall.examples.web.JsonServer.Request;
import java.io.IOException;
import java.util.UUID;
import java.util.function.IntSupplier;

/** {@code GET /purchase/{id}[?quantity=…&request_id=…]} and {@code GET /health}. */
final class OrderHttp {
  private final Purchases purchases;
  private final IntSupplier mostItems;

  /**
   * @param mostItems the largest quantity of one purchase: a setting, which may change at any time
   */
  OrderHttp(Purchases purchases, IntSupplier mostItems) {
    this.purchases = purchases;
    this.mostItems = mostItems;
  }

  JsonServer start(int port) throws IOException {
    return JsonServer.on(port)
        .route("/purchase/", this::purchase)
        .route("/health", request -> Reply.ok(Health.newBuilder().setStatus("ok").build()))
        .start();
  }

  private Reply purchase(Request request) {
    if (!request.method().equals("GET")) {
      return Reply.failed(405, "METHOD", request.method() + " is not known here (expected: GET)");
    }
    String requestId = request.query().getOrDefault("request_id", UUID.randomUUID().toString());
    String quantity = request.query().getOrDefault("quantity", "1");
    int most = mostItems.getAsInt();
    if (!quantity.matches("[0-9]{1,6}")
        || Integer.parseInt(quantity) < 1
        || Integer.parseInt(quantity) > most) {
      return Reply.failed(
          400,
          "QUANTITY",
          "quantity: '%s' (expected: 1 to %d, the setting order/max-items)"
              .formatted(quantity, most));
    }
    return reply(buy(request.rest(), requestId, Integer.parseInt(quantity)));
  }

  /** Piece by piece: each is safe to ask for again, so the whole purchase is. */
  private Outcome buy(String productId, String requestId, int quantity) {
    Outcome first = purchases.buy(productId, requestId);
    if (quantity == 1 || !(first instanceof Bought bought)) {
      return first;
    }
    Purchase.Builder whole = bought.purchase().toBuilder();
    for (int piece = 2; piece <= quantity; piece++) {
      Outcome next = purchases.buy(productId, requestId + "-" + piece);
      if (!(next instanceof Bought more)) {
        return next;
      }
      whole.addMoreReceipts(more.purchase().getReceipt());
    }
    return new Bought(whole.build());
  }

  private static Reply reply(Outcome outcome) {
    if (outcome instanceof Bought bought) {
      return Reply.ok(bought.purchase());
    } else if (outcome instanceof NoSuchProduct unknown) {
      return Reply.failed(404, "UNKNOWN_PRODUCT", unknown.message());
    } else if (outcome instanceof SoldOut none) {
      return Reply.failed(409, "OUT_OF_STOCK", none.message());
    } else if (outcome instanceof NoWarehouse nobody) {
      return Reply.failed(503, "NO_WAREHOUSE", nobody.message());
    }
    return Reply.failed(503, "OUTCOME_UNKNOWN", ((StillUnclear) outcome).message());
  }
}
