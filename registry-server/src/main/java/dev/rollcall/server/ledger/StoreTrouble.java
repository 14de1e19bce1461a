// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import dev.rollcall.server.store.Store;
import java.time.Duration;
import java.util.Optional;

/**
 * Why the store does not take changes.
 *
 * @param age for how long it has been so
 */
public record StoreTrouble(String what, Duration age) {
  static Optional<StoreTrouble> of(Store.Standing standing, Optional<StoreTrouble> refusals) {
    return standing.up()
        ? refusals
        : Optional.of(new StoreTrouble("the store is away", standing.away()));
  }
}
