// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.product;

import dev.rollcall.examples.product.v1.ListSalesResponse;
import dev.rollcall.examples.product.v1.Product;
import dev.rollcall.examples.product.v1.Sale;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * A stock and what was sold from it. A request id sells once, however often it comes, so a buyer
 * who lost the answer may ask again. Safe for all threads; all of it lives in memory.
 */
final class Warehouse {
  private static final Map<String, String> CATALOGUE =
      Map.of("1", "lantern", "2", "compass", "3", "kettle");

  private final String name;
  private final String run = UUID.randomUUID().toString().substring(0, 8);
  private final Map<String, Integer> stock = new HashMap<>();
  private final Map<String, Sale> sales = new LinkedHashMap<>();

  Warehouse(String name, int stockOfEach) {
    this.name = name;
    CATALOGUE.keySet().forEach(id -> stock.put(id, stockOfEach));
  }

  /** What became of a purchase. */
  sealed interface Outcome {}

  /** Sold, now or when the same request came before. */
  record Sold(Sale sale) implements Outcome {}

  /** None left here. */
  record OutOfStock(String message) implements Outcome {}

  /** No such product. */
  record Unknown(String message) implements Outcome {}

  String name() {
    return name;
  }

  synchronized Optional<Product> product(String id) {
    return Optional.ofNullable(CATALOGUE.get(id))
        .map(
            what ->
                Product.newBuilder()
                    .setId(id)
                    .setName(what)
                    .setStock(stock.getOrDefault(id, 0))
                    .setWarehouse(name)
                    .build());
  }

  synchronized Outcome sell(String id, String requestId) {
    Sale before = sales.get(requestId);
    if (before != null) {
      return new Sold(before);
    }
    Integer left = stock.get(id);
    if (left == null) {
      return new Unknown(unknown(id));
    }
    if (left == 0) {
      return new OutOfStock("product " + id + " is out of stock in " + name);
    }
    stock.put(id, left - 1);
    Sale sale =
        Sale.newBuilder()
            .setReceipt(UUID.randomUUID().toString())
            .setRequestId(requestId)
            .setProductId(id)
            .setWarehouse(name)
            .setRun(run)
            .build();
    sales.put(requestId, sale);
    return new Sold(sale);
  }

  synchronized ListSalesResponse sales() {
    return ListSalesResponse.newBuilder().addAllSales(sales.values()).setRun(run).build();
  }

  static String unknown(String id) {
    return "no product has the id '" + id + "' (there are: 1, 2, 3)";
  }
}
