// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.config;

import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Violation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks what names settings. Collects everything that is wrong; for one request. */
final class Paths {
  /** The most bytes of a key. */
  static final int KEY_BYTES = 512;

  /** The most bytes of a value. */
  static final int VALUE_BYTES = 512 << 10;

  private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9._-]{1,128}");
  private static final int SHOWN = 60;

  private final List<Violation> violations = new ArrayList<>();

  Paths namespace(String namespace) {
    if (!NAMESPACE.matcher(namespace).matches()) {
      violated("namespace", namespace, "a DNS label: 1 to 63 of a-z, 0-9 and -, not first or last");
    }
    return this;
  }

  Paths key(String key) {
    if (key.length() > KEY_BYTES || !wellFormed(key)) {
      violated(
          "key",
          key,
          "a path a/b/c of at most 512 bytes, each segment 1 to 128 of A-Z, a-z, 0-9, ., _ and -,"
              + " not . or ..");
    }
    return this;
  }

  Paths prefix(String prefix) {
    if (!prefix.isEmpty()
        && (!prefix.endsWith("/")
            || prefix.length() > KEY_BYTES
            || !wellFormed(prefix.substring(0, prefix.length() - 1)))) {
      violated("prefix", prefix, "empty, or a path that ends in /");
    }
    return this;
  }

  /** A field that must be empty because another one is not. */
  Paths noneBeside(String given, String field, String value) {
    if (!value.isEmpty()) {
      violated(field, value, "empty where " + given + " is given");
    }
    return this;
  }

  Paths value(String value) {
    int bytes = value.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > VALUE_BYTES) {
      violations.add(
          new Violation("value", bytes + " bytes (expected: at most " + VALUE_BYTES + " bytes)"));
    }
    return this;
  }

  Paths atLeastZero(String field, long number) {
    if (number < 0) {
      violated(field, Long.toString(number), "0 or more");
    }
    return this;
  }

  Paths upTo(String field, int number, int most) {
    if (number < 0 || number > most) {
      violated(field, Integer.toString(number), "0 to " + most);
    }
    return this;
  }

  /** What is wrong with all that was checked; null: nothing. */
  @Nullable Rejection rejection() {
    return violations.isEmpty() ? null : Rejection.invalid(violations);
  }

  private static boolean wellFormed(String path) {
    for (String segment : path.split("/", -1)) {
      if (!SEGMENT.matcher(segment).matches() || segment.equals(".") || segment.equals("..")) {
        return false;
      }
    }
    return true;
  }

  private void violated(String field, String given, String expected) {
    // printable and short: it goes into a message
    String shown = given.length() > SHOWN ? given.substring(0, SHOWN) + "..." : given;
    violations.add(
        new Violation(
            field, '"' + shown.replaceAll("[^ -~]", "?") + "\" (expected: " + expected + ")"));
  }
}
