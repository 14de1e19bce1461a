// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.store.Store;

/** How the store's failures read to whoever asked for the change. */
final class StoreRefusal {
  private StoreRefusal() {}

  static Rejection of(Store.Failure why, InstanceKey key) {
    return switch (why) {
      case CONFLICT ->
          Rejection.of(
              Reason.CONFLICT,
              "%s changed again and again while this was decided; read it and try again"
                  .formatted(named(key)));
      case FULL ->
          Rejection.of(
              Reason.STORE_FULL,
              "the registry's store is full: nothing was written, reads and heartbeats go on;"
                  + " free some space, then try again");
      case LEASE_RENEWED ->
          Rejection.of(
              Reason.CONFLICT,
              "the lease of %s was renewed before it was ended".formatted(named(key)));
      case UNREADABLE ->
          Rejection.of(
              Reason.STORE_UNAVAILABLE,
              "what the registry's store holds of this namespace cannot be read: nothing was"
                  + " written; the registry's log and /readyz say what must be mended");
      case UNAVAILABLE ->
          Rejection.of(
              Reason.STORE_UNAVAILABLE,
              "the registry's store takes no writes now: nothing was written; try again later");
      case OUTCOME_UNKNOWN ->
          Rejection.of(
              Reason.OUTCOME_UNKNOWN,
              "the store did not say in time whether it kept the change of %s; send it again"
                  .formatted(named(key)));
    };
  }

  /** The command never reached the store. */
  static Rejection notTried(InstanceKey key) {
    return Rejection.of(
        Reason.STORE_UNAVAILABLE,
        "another change of %s still waits for the store: nothing was written; try again later"
            .formatted(named(key)));
  }

  /** A setting is of no service. */
  private static String named(InstanceKey key) {
    return key.service().isEmpty() ? key.id() : key.toString();
  }
}
