// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.order;

import dev.rollcall.examples.product.v1.Sale;

/** Ways to ask a warehouse for one piece. */
interface Warehouses extends AutoCloseable {
  /** Asks any warehouse, found by the service's name. */
  Answer sellSomewhere(String productId, String requestId);

  /** Asks the warehouse at this address. */
  Answer sellAt(String address, String productId, String requestId);

  /** The endpoint under which instances name the address that {@link #sellAt} dials. */
  String endpoint();

  @Override
  void close();

  /** What came back, and from where; the address is empty where none was reached. */
  sealed interface Answer {
    String address();
  }

  /** One piece was sold. */
  record Sold(String address, Sale sale) implements Answer {}

  /** None left there; another warehouse may have one. */
  record OutOfStock(String address) implements Answer {}

  /** No warehouse sells that. */
  record Unknown(String address, String message) implements Answer {}

  /** Nobody was there, so nothing was sold. */
  record NobodyThere(String address, String message) implements Answer {}

  /** The answer was lost: it may have been sold. Only the same warehouse can tell. */
  record Unclear(String address, String message) implements Answer {}
}
