// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When a server doubts that what it does not hold does not exist. */
final class DoubtTest {
  private long nanos = 5;
  private final Doubt doubt = new Doubt(() -> nanos);

  private void pass(Duration time) {
    nanos += time.toNanos();
  }

  @Test
  void storeThatHoldsSomething_isBelieved() {
    doubt.missed("a");
    assertThat(doubt.about("a")).isFalse();
  }

  @Test
  void emptyStore_isBelievedAfterAMoment() {
    doubt.begin();
    assertThat(doubt.about("a")).isTrue();
    assertThat(doubt.recovering("a")).isFalse();
    pass(Doubt.AT_FIRST);
    assertThat(doubt.about("a")).isFalse();
  }

  @Test
  void emptyStoreOfWhichAClientKnowsMore_isBelievedAfter30s() {
    doubt.begin();
    pass(Duration.ofSeconds(20));
    doubt.missed("a");
    assertThat(doubt.about("a")).isTrue();
    assertThat(doubt.about("b")).isFalse();
    pass(Duration.ofSeconds(10));
    assertThat(doubt.about("a")).isFalse();
    doubt.missed("a");
    assertThat(doubt.about("a")).isFalse();
  }

  @Test
  void whatAnotherServerBroughtBack_isBelieved() {
    doubt.begin();
    doubt.missed("a");
    doubt.begun("a");
    assertThat(doubt.recovering("a")).isTrue();
    doubt.ended("a");
    assertThat(doubt.about("a")).isFalse();
  }
}
