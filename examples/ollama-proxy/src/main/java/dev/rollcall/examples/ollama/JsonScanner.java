// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

/** Walks over JSON and throws {@link IllegalArgumentException} where it is none. */
final class JsonScanner {
  private static final int DEEPEST = 200;

  private final byte[] json;
  private int at;

  JsonScanner(byte[] json, int at) {
    this.json = json;
    this.at = at;
  }

  int at() {
    return at;
  }

  void space() {
    while (at < json.length
        && (json[at] == ' ' || json[at] == '\n' || json[at] == '\r' || json[at] == '\t')) {
      at++;
    }
  }

  /** Nothing may be left. */
  void end() {
    space();
    if (at < json.length) {
      throw wrong();
    }
  }

  /** Skips this character after white space, if it is there. */
  boolean skips(char c) {
    space();
    if (at < json.length && json[at] == c) {
      at++;
      return true;
    }
    return false;
  }

  void value(int depth) {
    space();
    if (depth > DEEPEST) {
      throw new IllegalArgumentException("JSON nested deeper than " + DEEPEST);
    }
    switch (peek()) {
      case '{' -> object(depth);
      case '[' -> array(depth);
      case '"' -> string();
      case 't' -> word("true");
      case 'f' -> word("false");
      case 'n' -> word("null");
      default -> number();
    }
  }

  private void object(int depth) {
    at++;
    if (skips('}')) {
      return;
    }
    do {
      space();
      string();
      must(':');
      value(depth + 1);
    } while (skips(','));
    must('}');
  }

  private void array(int depth) {
    at++;
    if (skips(']')) {
      return;
    }
    do {
      value(depth + 1);
    } while (skips(','));
    must(']');
  }

  private void string() {
    if (peek() != '"') {
      throw wrong();
    }
    at++;
    while (peek() != '"') {
      if (peek() < 0x20 && peek() >= 0) {
        throw wrong();
      }
      if (json[at++] == '\\') {
        escape();
      }
    }
    at++;
  }

  private void escape() {
    byte escaped = peek();
    at++;
    if (escaped == 'u') {
      for (int i = 0; i < 4; i++, at++) {
        if (Character.digit(peek(), 16) < 0) {
          throw wrong();
        }
      }
    } else if ("\"\\/bfnrt".indexOf(escaped) < 0) {
      throw wrong();
    }
  }

  private void word(String word) {
    for (int i = 0; i < word.length(); i++, at++) {
      if (peek() != word.charAt(i)) {
        throw wrong();
      }
    }
  }

  private void number() {
    skipIf('-');
    if (!skipIf('0')) {
      digits();
    }
    if (skipIf('.')) {
      digits();
    }
    if (skipIf('e') || skipIf('E')) {
      if (!skipIf('+')) {
        skipIf('-');
      }
      digits();
    }
  }

  private void digits() {
    int first = at;
    while (at < json.length && json[at] >= '0' && json[at] <= '9') {
      at++;
    }
    if (at == first) {
      throw wrong();
    }
  }

  private boolean skipIf(char c) {
    boolean there = at < json.length && json[at] == c;
    at += there ? 1 : 0;
    return there;
  }

  private void must(char c) {
    if (!skips(c)) {
      throw wrong();
    }
  }

  private byte peek() {
    if (at >= json.length) {
      throw new IllegalArgumentException("unexpected end of JSON input");
    }
    return json[at];
  }

  private IllegalArgumentException wrong() {
    return new IllegalArgumentException(
        at < json.length ? "invalid JSON at byte " + at : "unexpected end of JSON input");
  }
}
