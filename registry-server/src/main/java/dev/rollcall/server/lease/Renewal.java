// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.lease;

import dev.rollcall.server.catalog.LeaseKey;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** What a beat for one lease came to. */
sealed interface Renewal {
  /** All that the lease holds is renewed; the shortest of their terms. */
  record Renewed(Duration ttl) implements Renewal {}

  /** It holds nothing. */
  record Unknown() implements Renewal {}

  /** Something that it holds is just being removed: beat again when this completes. */
  record Undecided(CompletableFuture<Void> decided) implements Renewal {}

  /** What a row of beats has come to so far. */
  final class Tally {
    private final Set<LeaseKey> unknown = new HashSet<>(0);
    private Optional<Duration> shortest = Optional.empty();

    void add(LeaseKey lease, Renewal renewal) {
      if (!(renewal instanceof Renewed renewed)) {
        unknown.add(lease);
      } else if (shortest.isEmpty() || renewed.ttl().compareTo(shortest.get()) < 0) {
        shortest = Optional.of(renewed.ttl());
      }
    }

    Leases.Renewed renewed() {
      return new Leases.Renewed(shortest, unknown);
    }
  }
}
