// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class PropagationTest {
  private final Propagation propagation = new Meters().propagation();

  @Test
  void quantiles_ofNothing_areZero() {
    assertThat(propagation.quantiles())
        .isEqualTo(new Propagation.Quantiles(Duration.ZERO, Duration.ZERO, 0));
  }

  @Test
  void quantiles_areThoseOfTheNewestMeasurements() {
    for (int i = 0; i < 100_000; i++) {
      propagation.record(1);
    }
    for (int i = 1; i <= 8_192; i++) {
      propagation.record(i * 1_000L);
    }
    Propagation.Quantiles quantiles = propagation.quantiles();
    assertThat(quantiles.p50()).isEqualTo(Duration.ofNanos(4_096_000));
    assertThat(quantiles.p99()).isEqualTo(Duration.ofNanos(8_111_000));
    assertThat(quantiles.count()).isEqualTo(108_192);
  }
}
