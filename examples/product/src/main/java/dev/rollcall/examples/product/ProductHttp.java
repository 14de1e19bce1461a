// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.product;

import dev.rollcall.examples.order.v1.Health;
import dev.rollcall.examples.web.JsonServer;
import dev.rollcall.examples.web.JsonServer.Reply;
import dev.rollcall.examples.web.JsonServer.Request;
import java.io.IOException;
import java.util.UUID;

/** The warehouse over HTTP: the same rules, told with HTTP's status codes. */
final class ProductHttp {
  private final Warehouse warehouse;

  ProductHttp(Warehouse warehouse) {
    this.warehouse = warehouse;
  }

  JsonServer start(int port) throws IOException {
    return JsonServer.on(port)
        .route("/product/", this::product)
        .route("/sales", request -> sales())
        .route("/health", request -> Reply.ok(Health.newBuilder().setStatus("ok").build()))
        .start();
  }

  private Reply product(Request request) {
    return switch (request.method()) {
      case "GET" ->
          warehouse
              .product(request.rest())
              .map(Reply::ok)
              .orElseGet(
                  () -> Reply.failed(404, "UNKNOWN_PRODUCT", Warehouse.unknown(request.rest())));
      case "PUT" -> sell(request);
      default ->
          Reply.failed(405, "METHOD", request.method() + " is not known here (expected: GET, PUT)");
    };
  }

  private Reply sell(Request request) {
    String requestId = request.query().getOrDefault("request_id", UUID.randomUUID().toString());
    Warehouse.Outcome outcome = warehouse.sell(request.rest(), requestId);
    if (outcome instanceof Warehouse.Sold sold) {
      return Reply.ok(sold.sale());
    }
    if (outcome instanceof Warehouse.OutOfStock none) {
      return Reply.failed(409, "OUT_OF_STOCK", none.message());
    }
    return Reply.failed(404, "UNKNOWN_PRODUCT", Warehouse.unknown(request.rest()));
  }

  private Reply sales() {
    return Reply.ok(warehouse.sales());
  }
}
