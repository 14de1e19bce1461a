// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.server.telemetry.Meters;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What the server says of itself.
 *
 * @param store "embedded" or "redis"
 * @param storeUp whether the store takes writes, as far as is known
 * @param problems what does not work as it should, a line for each
 * @param address where clients reach this server; known once it listens
 * @param replicas all servers over this store that are there now
 */
public record ServerFacts(
    String version,
    String store,
    BooleanSupplier storeUp,
    Supplier<List<String>> problems,
    Supplier<String> address,
    Supplier<List<Replica>> replicas,
    Instant startedAt,
    Meters meters) {
  /** One server of several. */
  public record Replica(String id, String address) {}
}
