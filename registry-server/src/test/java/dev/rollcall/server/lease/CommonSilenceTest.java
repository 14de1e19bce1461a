// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CommonSilenceTest {
  private static final String NS = "default";
  private static final Duration MOST = Duration.ofMinutes(10);
  private static final long SECOND = 1_000_000_000L;

  private final CommonSilence silence = new CommonSilence();

  private boolean holds(long seconds) {
    return silence.holds(NS, MOST, seconds * SECOND);
  }

  private void look(long silent, long seconds) {
    silence.looked(NS, 1_000, 200, silent, seconds * SECOND);
  }

  @ParameterizedTest
  @CsvSource({
    "20, 20, 18, true",
    "20, 20, 17, false",
    "19, 19, 19, false",
    "1000, 200, 180, true",
    "1000, 200, 179, false",
    "1000, 0, 0, false",
  })
  void holds_whereNineOfTenOfManyAreSilent(long leases, long looked, long silent, boolean holds) {
    silence.looked(NS, leases, looked, silent, 0);
    assertThat(holds(0)).isEqualTo(holds);
    assertThat(silence.holds("other", MOST, 0)).isFalse();
  }

  @Test
  void holds_whileTheyComeBackOneAfterAnother() {
    look(200, 0);
    look(150, 3);
    look(20, 6);
    assertThat(holds(9)).isTrue();
    assertThat(holds(10)).isFalse();
  }

  @Test
  void holds_noLongerThanItMay_alsoWithALookThatSawLess() {
    for (long second = 0; second < 600; second++) {
      look(second % 7 == 3 ? 170 : 190, second);
      assertThat(holds(second)).as("second %d", second).isTrue();
    }
    look(190, 600);
    assertThat(holds(600)).isFalse();
  }

  @Test
  void interrupted_isTheSameUnlessForLong() {
    look(200, 0);
    // an outage moved all ends, so nobody looked
    for (long at = 170; at < 600; at += 170) {
      look(200, at);
    }
    look(200, 601);
    assertThat(holds(601)).isFalse();
    look(200, 800);
    assertThat(holds(800)).isTrue();
  }
}
