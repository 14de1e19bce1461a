// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

/** The program was told something that it cannot follow. The message is the one line to show. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String line) {
    super(line);
  }

  UsageException(String line, Throwable cause) {
    super(line, cause);
  }

  /** A value that will not do. */
  static UsageException value(String where, String value, String expected) {
    return new UsageException("%s: %s (expected: %s)".formatted(where, value, expected));
  }
}
