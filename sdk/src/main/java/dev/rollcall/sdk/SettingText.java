// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How the text of a setting is read as a type.
 *
 * @param form what the text must look like, for people
 */
record SettingText<T>(String form, Function<String, T> parse) {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  private static final Map<Class<?>, SettingText<?>> READERS =
      Map.of(
          String.class, new SettingText<>("text", Function.<String>identity()),
          Integer.class, new SettingText<>("whole number of 32 bits", Integer::valueOf),
          Long.class, new SettingText<>("whole number of 64 bits", Long::valueOf),
          Double.class, new SettingText<>("number", Double::valueOf),
          Boolean.class, new SettingText<>("true or false", SettingText::truth),
          Duration.class,
              new SettingText<>("duration such as 500ms or 10s", SettingText::duration));

  /**
   * The reader of a type.
   *
   * @throws IllegalArgumentException if there is none
   */
  @SuppressWarnings("unchecked")
  static <T> SettingText<T> reader(Class<T> type) {
    SettingText<?> reader = READERS.get(type);
    if (reader == null) {
      throw new IllegalArgumentException(
          "type: %s (expected: String, Integer, Long, Double, Boolean or Duration)"
              .formatted(type.getName()));
    }
    return (SettingText<T>) reader;
  }

  /**
   * Reads a text; spaces around numbers and the like do not matter.
   *
   * @throws IllegalArgumentException if it is none of this form
   */
  T read(String text) {
    return parse.apply(form.equals("text") ? text : text.strip());
  }

  private static Boolean truth(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new IllegalArgumentException("neither true nor false");
    };
  }

  private static Duration duration(String text) {
    Matcher parts = DURATION.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("no duration");
    }
    long number = Long.parseLong(parts.group(1));
    return switch (parts.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "m" -> Duration.ofMinutes(number);
      case "h" -> Duration.ofHours(number);
      default -> Duration.ofDays(number);
    };
  }
}
