// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;

/**
 * A message as one line of text: what clients send into it can neither start a line of its own nor
 * speak to a terminal.
 */
public final class OneLine extends MessageConverter {
  @Override
  public String convert(ILoggingEvent event) {
    String message = super.convert(event);
    return message.codePoints().anyMatch(OneLine::steers) ? escaped(message) : message;
  }

  private static boolean steers(int c) {
    int type = Character.getType(c);
    return type == Character.CONTROL
        || type == Character.FORMAT
        || type == Character.LINE_SEPARATOR
        || type == Character.PARAGRAPH_SEPARATOR;
  }

  private static String escaped(String message) {
    StringBuilder text = new StringBuilder();
    message
        .codePoints()
        .forEach(
            c -> {
              if (steers(c)) {
                text.append("\\u{%x}".formatted(c));
              } else {
                text.appendCodePoint(c);
              }
            });
    return text.toString();
  }
}
