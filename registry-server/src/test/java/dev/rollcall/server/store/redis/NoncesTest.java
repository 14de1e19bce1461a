// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class NoncesTest {
  private final Nonces nonces = new Nonces();

  @Test
  void growsAndThenForgetsTheOldest() {
    nonces.restart(100);
    for (long revision = 100; revision < 100_000; revision++) {
      nonces.add(revision * 3);
    }
    assertThat(nonces.of(99_999)).hasValue(99_999 * 3);
    assertThat(nonces.of(100_000 - 65_536)).hasValue((100_000 - 65_536) * 3);
    assertThat(nonces.of(100_000 - 65_537)).isEmpty();
    assertThat(nonces.of(100_000)).isEmpty();
  }

  @Test
  void whatBothHistoriesHave_isKnownBeyondTheFork() {
    nonces.restart(1);
    for (long revision = 1; revision <= 5; revision++) {
      nonces.add(revision * 3);
    }
    nonces.cutAfter(3);
    nonces.goOnAt(7);
    nonces.add(70);
    assertThat(nonces.of(3)).hasValue(9);
    assertThat(nonces.of(4)).isEmpty();
    assertThat(nonces.of(6)).isEmpty();
    assertThat(nonces.of(7)).hasValue(70);
    nonces.cutAfter(0);
    assertThat(nonces.of(3)).isEmpty();
    nonces.goOnAt(1_000_000);
    nonces.add(5);
    assertThat(nonces.of(1_000_000)).hasValue(5);
  }

  @Test
  void restart_forgetsAll() {
    nonces.restart(1);
    nonces.add(7);
    nonces.restart(50);
    assertThat(nonces.of(1)).isEmpty();
    nonces.add(9);
    assertThat(nonces.of(50)).hasValue(9);
  }
}
