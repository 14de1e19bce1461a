// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HeaderTest {
  @Test
  void of_readsTheRevisionAndWhereTheRecordBegins() {
    assertThat(Header.of("42|0123456789abcdef|10000|7|record".getBytes(UTF_8)))
        .isEqualTo(new Header(42, 28));
    assertThat(Header.of("9007199254740991|0123456789abcdef|0|0|".getBytes(UTF_8)))
        .isEqualTo(new Header(9_007_199_254_740_991L, 38));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "garbage",
        "42",
        "42|",
        "|0123456789abcdef|1|0|",
        "42|0123456789abcde|1|0|",
        "42|0123456789abcdeg|1|0|",
        "42|0123456789abcdef0|1|0|",
        "42|0123456789abcdef||0|",
        "42|0123456789abcdef|1|0",
        "-2|0123456789abcdef|1|0|",
        "12345678901234567|0123456789abcdef|1|0|",
        "42|0123456789abcdef|1|0000000000000000000000000000000000000000000000000000000000000000000000000000000|"
      })
  void of_whatNoneOfUsWrote_isNone(String text) {
    assertThat(Header.of(text.getBytes(UTF_8))).isNull();
  }
}
