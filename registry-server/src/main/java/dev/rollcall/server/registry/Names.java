// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Violation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks fields one by one and gathers what is wrong with them, so that a caller is told everything
 * at once. Nothing is ever corrected silently. Not for sharing between threads.
 */
public final class Names {
  /** The namespace that an empty field means. */
  public static final String DEFAULT_NAMESPACE = "default";

  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");
  private static final Pattern ID = Pattern.compile("[a-z0-9._-]{1,128}");
  private static final Pattern LEASE = Pattern.compile("[A-Za-z0-9_-]{22,64}");
  private static final String LABEL_FORM =
      "a DNS label: 1 to 63 of a-z, 0-9 and -, neither first nor last a -";
  private static final int SHOWN = 64;

  /** Escapes are six times as long as what they stand for. */
  private static final int SHOWN_ESCAPED = 100;

  private final List<Violation> violations = new ArrayList<>();

  /** The namespace meant by a request's field. */
  public static String namespace(String given) {
    return given.isEmpty() ? DEFAULT_NAMESPACE : given;
  }

  /** What is wrong with all that was checked; null: nothing. */
  public @Nullable Rejection rejection() {
    return violations.isEmpty() ? null : Rejection.invalid(violations);
  }

  /** Notes that a field is wrong. */
  public void violated(String field, String given, String expected) {
    violations.add(new Violation(field, given + " (expected: " + expected + ")"));
  }

  /** A namespace that clients may name. */
  public Names checkNamespace(String namespace) {
    if (namespace.startsWith("_")) {
      violated("namespace", quoted(namespace), "a name without a leading _; those are internal");
    } else {
      checkLabel("namespace", namespace);
    }
    return this;
  }

  /** A service's name. */
  public Names checkService(String field, String service) {
    checkLabel(field, service);
    return this;
  }

  /** An instance's id. */
  public Names checkId(String field, String id) {
    if (!ID.matcher(id).matches() || id.equals(".") || id.equals("..")) {
      violated(field, quoted(id), "1 to 128 of a-z, 0-9, ., _ and -, not . or ..");
    }
    return this;
  }

  /** A lease's secret; never shown, not even a wrong one. */
  public Names checkLeaseId(String field, String leaseId) {
    if (!LEASE.matcher(leaseId).matches()) {
      violated(
          field,
          leaseId.length() + " characters",
          "22 to 64 characters of base64url: A-Z, a-z, 0-9, - and _");
    }
    return this;
  }

  /** Text of at most this many bytes in UTF-8. */
  public Names checkBytes(String field, String text, int most) {
    int bytes = text.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > most) {
      violated(field, bytes + " bytes", "at most " + most + " bytes");
    }
    return this;
  }

  /** At most this many of something. */
  public Names checkCount(String field, int count, int most) {
    if (count > most) {
      violated(field, count + " entries", "at most " + most);
    }
    return this;
  }

  /** A value as an error message may show it: quoted, escaped, and cut where it is long. */
  static String quoted(String value) {
    StringBuilder shown = new StringBuilder("\"");
    int at = 0;
    while (at < value.length() && at < SHOWN && shown.length() < SHOWN_ESCAPED) {
      int c = value.codePointAt(at);
      if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') {
        shown.append(String.format("\\u%04x", c));
      } else {
        shown.append((char) c);
      }
      at += Character.charCount(c);
    }
    shown.append('"');
    if (at < value.length()) {
      shown.append("... of ").append(value.length()).append(" characters");
    }
    return shown.toString();
  }

  private void checkLabel(String field, String name) {
    if (!LABEL.matcher(name).matches()) {
      violated(field, quoted(name), LABEL_FORM);
    }
  }
}
