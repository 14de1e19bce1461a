// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.Registration;

/**
 * One instance that may get a message, and how it takes it.
 *
 * @param address as registered
 */
record Receiver(String id, String address, Kind kind) {
  private static final String HTTP = "http";

  /** How a message is handed over. */
  enum Kind {
    /** ReceiverService at the instance's address. */
    GRPC,
    /** POST /receive at its endpoint {@code http}. */
    HTTP
  }

  static Receiver of(Registration registration) {
    Instance instance = registration.instance();
    String http = instance.endpoints().get(HTTP);
    return http != null && HTTP.equals(instance.metadata().get("relay"))
        ? new Receiver(instance.id(), http, Kind.HTTP)
        : new Receiver(instance.id(), instance.address(), Kind.GRPC);
  }
}
