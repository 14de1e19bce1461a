// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import org.junit.jupiter.api.Test;

final class OneLineTest {
  private static String said(String message) {
    return new OneLine()
        .convert(
            new LoggingEvent(
                "", new LoggerContext().getLogger("a"), Level.INFO, message, null, null));
  }

  @Test
  void message_ofPlainText_isAsItIs() {
    assertThat(said("café: \"a\" → b")).isEqualTo("café: \"a\" → b");
  }

  @Test
  void message_thatWouldStartALineOrSteerATerminal_isEscaped() {
    assertThat(said("a\n2026 INFO forged\r\u001b[31m\u202eb\u2028\t"))
        .isEqualTo("a\\u{a}2026 INFO forged\\u{d}\\u{1b}[31m\\u{202e}b\\u{2028}\\u{9}");
  }
}
