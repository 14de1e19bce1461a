// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Rejection.Reason;
import java.time.Instant;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules of settings, as a table: a key that is missing, or at revision 5 with value "1". */
final class SettingCommandTest {
  private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
  private static final Cause BEFORE = new Cause(Cause.Kind.REGISTERED, "set", "me", NOON);

  private static Catalog catalog(boolean there) {
    Catalog empty = Catalog.empty("config:shop", new Position("e", 9, 1));
    return there ? empty.with(new Setting("a", "1", BEFORE, 5), new Position("e", 9, 1)) : empty;
  }

  private static String outcome(Decision decision) {
    if (decision instanceof Decision.Accepted accepted) {
      return accepted.change() instanceof Change.Set set ? set.setting().value() : "gone";
    }
    return decision instanceof Decision.Refused refused ? refused.why().reason().name() : "nothing";
  }

  private static OptionalLong expected(String text) {
    return text.equals("any") ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
  }

  @ParameterizedTest
  @CsvSource({
    "false, 2, any, 2",
    "false, 2, 0, 2",
    "false, 2, 5, REVISION_MISMATCH",
    "true, 2, any, 2",
    "true, 2, 5, 2",
    "true, 2, 0, REVISION_MISMATCH",
    "true, 2, 4, REVISION_MISMATCH",
    "true, 1, any, nothing",
    "true, 1, 5, nothing",
    "true, 1, 0, REVISION_MISMATCH",
  })
  void put(boolean there, String value, String expected, String outcome) {
    Command put = new SettingCommand.Put("a", value, expected(expected), "me");
    assertThat(outcome(put.decide(catalog(there), NOON))).isEqualTo(outcome);
  }

  @ParameterizedTest
  @CsvSource({
    "false, any, KEY_UNKNOWN",
    "false, 0, nothing",
    "false, 5, KEY_UNKNOWN",
    "true, any, gone",
    "true, 5, gone",
    "true, 4, REVISION_MISMATCH",
    "true, 0, REVISION_MISMATCH",
  })
  void delete(boolean there, String expected, String outcome) {
    Command delete = new SettingCommand.Delete("a", expected(expected), "me");
    assertThat(outcome(delete.decide(catalog(there), NOON))).isEqualTo(outcome);
  }

  @Test
  void put_countsBytesOfKeysAndValues() {
    String half = "x".repeat(1 << 19);
    Catalog catalog = catalog(false);
    for (int i = 0; i < 127; i++) {
      catalog = catalog.with(new Setting("k" + i, half, BEFORE, 1), catalog.position());
    }
    long room = SettingCommand.MOST_BYTES - catalog.settings().bytes() - 1;
    String fits = "y".repeat((int) room);
    Command put = new SettingCommand.Put("b", fits, OptionalLong.empty(), "me");
    assertThat(put.decide(catalog, NOON)).isInstanceOf(Decision.Accepted.class);
    Command tooMuch = new SettingCommand.Put("b", fits + "y", OptionalLong.empty(), "me");
    assertThat(outcome(tooMuch.decide(catalog, NOON))).isEqualTo(Reason.CONFIG_FULL.name());
    Catalog smaller = catalog.without("k0", catalog.position());
    assertThat(tooMuch.decide(smaller, NOON)).isInstanceOf(Decision.Accepted.class);
  }
}
