// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import java.util.Locale;

/** The server cannot start. The message is the one line to show; it names the flag to change. */
public final class StartException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private StartException(String line, Throwable cause) {
    super(line, cause);
  }

  private StartException(String line) {
    super(line);
  }

  /** Any other reason, as the line to show. */
  static StartException of(String line) {
    return new StartException(line);
  }

  /**
   * A port that cannot be opened.
   *
   * @param flag that chooses the port
   */
  public static StartException port(String flag, String host, int port, Throwable why) {
    String reason = reason(why);
    if (reason.contains("in use")) {
      return new StartException(
          "%s: port %d on %s is in use (expected: a free port; 0 takes any)"
              .formatted(flag, port, host),
          why);
    }
    if (reason.contains("assign requested address")) {
      return new StartException(
          "--host: %s is no address of this machine (expected: one of its own)".formatted(host),
          why);
    }
    return new StartException(
        "%s: port %d on %s cannot be opened: %s".formatted(flag, port, host, reason), why);
  }

  private static String reason(Throwable why) {
    Throwable root = why;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage();
    return message == null ? root.toString() : message.toLowerCase(Locale.ROOT);
  }
}
