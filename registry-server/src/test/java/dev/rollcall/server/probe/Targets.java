// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.Instance;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Instances with health checks, for tests. */
final class Targets {
  private Targets() {}

  static HealthCheck check(Duration interval) {
    return check(interval, Duration.ZERO);
  }

  static HealthCheck check(Duration interval, Duration removeAfter) {
    return new HealthCheck(
        new HealthCheck.Tcp(""), interval, Duration.ofSeconds(1), 2, 1, removeAfter);
  }

  /** One that turns after so many failures, and back after one success. */
  static HealthCheck check(Duration interval, int unhealthyAfter) {
    return new HealthCheck(
        new HealthCheck.Tcp(""), interval, interval, unhealthyAfter, 1, Duration.ZERO);
  }

  static HealthCheck check(HealthCheck.Question question, Duration interval, Duration timeout) {
    return new HealthCheck(question, interval, timeout, 2, 1, Duration.ZERO);
  }

  static Instance instance(String id, String address, @Nullable HealthCheck check) {
    return new Instance(
        "shop",
        id,
        address,
        Map.of(),
        "",
        "",
        Instance.DEFAULT_WEIGHT,
        Map.of(),
        List.of(),
        Duration.ofSeconds(10),
        check,
        false);
  }

  static Instance renewedByProbes(Instance plain) {
    return new Instance(
        plain.service(),
        plain.id(),
        plain.address(),
        plain.endpoints(),
        plain.version(),
        plain.zone(),
        plain.weight(),
        plain.metadata(),
        plain.requires(),
        plain.leaseTtl(),
        plain.healthCheck(),
        true);
  }
}
