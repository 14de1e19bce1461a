// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A value within a JSON text, as it was written. Reads the few fields that the proxy needs and
 * hands on the rest as it came: what Ollama adds tomorrow is not lost. Immutable.
 */
final class JsonText {
  private final byte[] json;
  private final int from;
  private final int to;

  private JsonText(byte[] json, int from, int to) {
    this.json = json;
    this.from = from;
    this.to = to;
  }

  /**
   * Reads a text that is exactly one value.
   *
   * @throws IllegalArgumentException when it is not
   */
  static JsonText parse(byte[] json) {
    var scanner = new JsonScanner(json, 0);
    JsonText value = next(scanner, json);
    scanner.end();
    return value;
  }

  private static JsonText next(JsonScanner scanner, byte[] json) {
    scanner.space();
    int from = scanner.at();
    scanner.value(0);
    return new JsonText(json, from, scanner.at());
  }

  boolean isObject() {
    return json[from] == '{';
  }

  boolean isFalse() {
    return json[from] == 'f';
  }

  /**
   * A member of an object, or null. As Ollama reads them: letters in any case, the last one of a
   * name counts.
   */
  @Nullable JsonText member(String name) {
    JsonText found = null;
    if (isObject()) {
      var scanner = new JsonScanner(json, from + 1);
      while (!scanner.skips('}')) {
        String key = string(next(scanner, json));
        scanner.skips(':');
        JsonText value = next(scanner, json);
        if (key.equalsIgnoreCase(name)) {
          found = value;
        }
        scanner.skips(',');
      }
    }
    return found;
  }

  /** The elements of an array; of anything else none. */
  List<JsonText> elements() {
    List<JsonText> elements = new ArrayList<>();
    if (json[from] == '[') {
      var scanner = new JsonScanner(json, from + 1);
      while (!scanner.skips(']')) {
        elements.add(next(scanner, json));
        scanner.skips(',');
      }
    }
    return elements;
  }

  /** A member that is a string; empty: there is none. */
  String text(String name) {
    JsonText value = member(name);
    return value == null ? "" : value.text();
  }

  /** The string; empty: it is none. */
  String text() {
    return json[from] == '"' ? string(this) : "";
  }

  /** As it was written. */
  String raw() {
    return new String(json, from, to - from, StandardCharsets.UTF_8);
  }

  private static String string(JsonText quoted) {
    String raw = quoted.raw();
    StringBuilder text = new StringBuilder(raw.length());
    for (int i = 1; i < raw.length() - 1; i++) {
      char c = raw.charAt(i);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      char escaped = raw.charAt(++i);
      switch (escaped) {
        case 'b' -> text.append('\b');
        case 'f' -> text.append('\f');
        case 'n' -> text.append('\n');
        case 'r' -> text.append('\r');
        case 't' -> text.append('\t');
        case 'u' -> {
          text.append((char) Integer.parseInt(raw.substring(i + 1, i + 5), 16));
          i += 4;
        }
        default -> text.append(escaped);
      }
    }
    return text.toString();
  }

  /** A string as JSON writes it. */
  static String quoted(String text) {
    StringBuilder json = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> json.append('\\').append(c);
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> {
          if (c < 0x20) {
            json.append(String.format("\\u%04x", (int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    return json.append('"').toString();
  }
}
