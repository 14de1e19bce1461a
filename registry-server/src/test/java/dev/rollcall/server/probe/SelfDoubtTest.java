// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.probe.SelfDoubt.Round;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SelfDoubtTest {
  private final SelfDoubt selfDoubt = new SelfDoubt();

  @ParameterizedTest
  @CsvSource({
    "20, 20, 11, true",
    "20, 20, 10, false",
    "19, 19, 19, false",
    "20, 10, 10, true",
    "20, 9, 9, false",
    "1000, 400, 201, true",
    "1000, 400, 30, false",
  })
  void round_isSuspicious(int targets, int probed, int failing, boolean suspicious) {
    assertThat(new Round(targets, probed, failing).suspicious()).isEqualTo(suspicious);
  }

  @Test
  void doubt_isCountedOnceAndEndsAfterTenMinutes() {
    Round bad = new Round(100, 100, 100);
    long second = Duration.ofSeconds(1).toNanos();
    for (int i = 0; i < 600; i++) {
      assertThat(selfDoubt.doubts(i * second, bad)).isTrue();
    }
    assertThat(selfDoubt.doubts(600 * second, bad)).isFalse();
    assertThat(selfDoubt.times()).isEqualTo(1);
  }

  @Test
  void doubt_afterAQuietMinute_isAnother() {
    Round bad = new Round(100, 100, 100);
    assertThat(selfDoubt.doubted(0, Duration.ofSeconds(5))).isFalse();
    assertThat(selfDoubt.doubts(0, bad)).isTrue();
    assertThat(selfDoubt.doubted(1, Duration.ofSeconds(5))).isTrue();
    assertThat(selfDoubt.doubts(1, new Round(100, 100, 0))).isFalse();
    long later = SelfDoubt.APART.toNanos() + 1;
    assertThat(selfDoubt.doubted(later, Duration.ofSeconds(5))).isFalse();
    assertThat(selfDoubt.doubts(later, bad)).isTrue();
    assertThat(selfDoubt.times()).isEqualTo(2);
  }
}
