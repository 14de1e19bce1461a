// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.order;

import dev.rollcall.examples.order.Purchases.Bought;
import dev.rollcall.examples.order.Purchases.NoSuchProduct;
import dev.rollcall.examples.order.Purchases.NoWarehouse;
import dev.rollcall.examples.order.Purchases.Outcome;
import dev.rollcall.examples.order.Purchases.SoldOut;
import dev.rollcall.examples.order.Purchases.StillUnclear;
import dev.rollcall.examples.order.v1.Health;
import dev.rollcall.examples.web.JsonServer;
import dev.rollcall.examples.web.JsonServer.Reply;
import dev.rollcall.examples.web.JsonServer.Request;
import java.io.IOException;
import java.util.UUID;

/** {@code GET /purchase/{id}[?request_id=…]} and {@code GET /health}. */
final class OrderHttp {
  private final Purchases purchases;

  OrderHttp(Purchases purchases) {
    this.purchases = purchases;
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
    return reply(purchases.buy(request.rest(), requestId));
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
