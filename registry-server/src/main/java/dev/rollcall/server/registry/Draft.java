// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.HealthCheck;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * An instance as a client sent it: not checked yet, with gaps where a default applies.
 *
 * @param leaseTtl null: the server's default
 * @param healthCheck null: none
 */
public record Draft(
    String service,
    String id,
    String address,
    Map<String, String> endpoints,
    String version,
    String zone,
    OptionalLong weight,
    Map<String, String> metadata,
    List<String> requires,
    @Nullable Duration leaseTtl,
    @Nullable Check healthCheck,
    boolean probeRenewsLease) {

  /**
   * A health check as a client sent it; zero and null stand for the defaults.
   *
   * @param question null: none was named
   */
  public record Check(
      HealthCheck.@Nullable Question question,
      @Nullable Duration interval,
      @Nullable Duration timeout,
      long unhealthyAfter,
      long healthyAfter,
      @Nullable Duration removeAfter) {}
}
