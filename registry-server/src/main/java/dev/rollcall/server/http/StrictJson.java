// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;

/**
 * JSON by the letter: one value, no key twice, no half of a surrogate pair, and not so many values
 * that reading them takes the memory of everybody else. It is read twice: first value by value,
 * which holds nothing, then as a whole.
 */
final class StrictJson {
  private static final String EXPECTED = " (expected: such as {\"name\": \"value\"})";
  private static final int MOST_VALUES = 50_000;

  private StrictJson() {}

  /** What the text says. */
  static JsonElement parse(String text) {
    try {
      check(reader(text));
      return JsonParser.parseReader(reader(text));
    } catch (IOException | JsonParseException e) {
      throw refused("the body is no JSON: " + plain(e) + EXPECTED);
    }
  }

  private static JsonReader reader(String text) {
    JsonReader reader = new JsonReader(new StringReader(text));
    reader.setStrictness(Strictness.STRICT);
    return reader;
  }

  private static void check(JsonReader reader) throws IOException {
    Deque<Set<String>> names = new ArrayDeque<>();
    int values = 0;
    for (JsonToken token = reader.peek(); token != JsonToken.END_DOCUMENT; token = reader.peek()) {
      if (++values > MOST_VALUES) {
        throw refused("the body has too many values (expected: at most " + MOST_VALUES + ")");
      }
      switch (token) {
        case BEGIN_ARRAY -> reader.beginArray();
        case END_ARRAY -> reader.endArray();
        case BEGIN_OBJECT -> {
          reader.beginObject();
          names.push(new HashSet<>());
        }
        case END_OBJECT -> {
          reader.endObject();
          names.pop();
        }
        case NAME -> {
          String name = whole(reader.nextName());
          if (!names.element().add(name)) {
            throw refused("the body has a key twice: " + name + " (expected: once)");
          }
        }
        case STRING -> whole(reader.nextString());
        default -> reader.skipValue();
      }
    }
  }

  private static String whole(String text) {
    if (text.codePoints()
        .anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
      throw refused("the body has half of a surrogate pair (expected: Unicode text)");
    }
    return text;
  }

  private static JsonError refused(String why) {
    return JsonError.of(400, "INVALID_JSON", why);
  }

  /** What gson says, without the name of its exception and its advice to Java programmers. */
  private static String plain(Exception e) {
    String message = String.valueOf(e.getMessage());
    return message
        .lines()
        .findFirst()
        .orElse("")
        .replaceFirst("^[\\w.]+Exception: ", "")
        .replaceFirst("^Use JsonReader\\S+ to accept malformed JSON", "not as JSON is written");
  }
}
