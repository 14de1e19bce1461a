// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.util.LinkedHashMap;
import java.util.Optional;

/**
 * The last known sets of services, also of those that nobody follows now: while no registry answers
 * they are better than nothing.
 *
 * <p>Runs on the session's loop.
 */
final class LastKnown {
  private static final int MOST_NAMES = 1_000;

  /** The one that was used longest ago goes first. */
  private final LinkedHashMap<String, ServiceSet> sets = new LinkedHashMap<>(16, 0.75f, true);

  void keep(String service, ServiceSet now) {
    sets.put(service, now);
    if (sets.size() > MOST_NAMES) {
      sets.remove(sets.keySet().iterator().next());
    }
  }

  Optional<ServiceSet> of(String service) {
    return Optional.ofNullable(sets.get(service));
  }
}
