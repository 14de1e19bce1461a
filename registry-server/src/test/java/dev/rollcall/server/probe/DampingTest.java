// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A target that turns as soon as it may, each second looked at. */
final class DampingTest {
  private static final long SECOND = 1_000_000_000L;

  private final Damping damping = new Damping();

  private List<Integer> turns(int fromSecond, int toSecond) {
    List<Integer> turns = new ArrayList<>();
    for (int second = fromSecond; second < toSecond; second++) {
      if (!damping.holds(second * SECOND)) {
        damping.turned(second * SECOND);
        turns.add(second);
      }
    }
    return turns;
  }

  @Test
  void alternating_isHeldTwiceAsLongEachTimeUpToAMinute() {
    assertThat(turns(0, 260)).containsExactly(0, 1, 11, 31, 71, 131, 191, 251);
  }

  @Test
  void alternating_turnsNoMoreThanOnceInTenSecondsAsTimeGoesOn() {
    List<Integer> turns = turns(0, 600);
    assertThat(turns.stream().filter(second -> second < 60)).hasSizeLessThanOrEqualTo(6);
    for (int i = 2; i < turns.size(); i++) {
      assertThat(turns.get(i) - turns.get(i - 1)).isBetween(10, 60);
    }
  }

  @Test
  void quiet_fallsBack() {
    turns(0, 100);
    int later = 100 + (int) Damping.QUIET.toSeconds();
    assertThat(turns(later, later + 30)).containsExactly(later, later + 1, later + 11);
  }

  @Test
  void firstFallAndFirstReturn_areFree() {
    assertThat(damping.holds(0)).isFalse();
    damping.turned(0);
    assertThat(damping.holds(1)).isFalse();
    damping.turned(1);
    assertThat(damping.holds(Damping.FIRST_HOLD.toNanos())).isTrue();
    assertThat(damping.holds(Damping.FIRST_HOLD.toNanos() + 1)).isFalse();
  }
}
