// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import java.io.EOFException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.time.Duration;
import java.util.Locale;
import javax.net.ssl.SSLException;

/**
 * What one probe found. The detail never repeats what the target sent, apart from codes: a probe
 * must not be a way to read what the registry can reach and others cannot.
 */
record Finding(Kind kind, String detail) {
  private static final int MOST_TEXT = 80;

  enum Kind {
    /** The target is well. */
    PASSED,
    /** Nobody listens there, or whoever did is gone: the connection was refused or reset. */
    ABSENT,
    /** The target answered that it is not well, or could not be asked. */
    FAILED,
    /** No answer in time. */
    SILENT,
    /** The probe did not come to pass through no fault of the target: counts for nothing. */
    UNTRIED
  }

  static Finding passed(String detail) {
    return new Finding(Kind.PASSED, detail);
  }

  static Finding failed(String detail) {
    return new Finding(Kind.FAILED, detail);
  }

  static Finding untried(String detail) {
    return new Finding(Kind.UNTRIED, detail);
  }

  static Finding refused() {
    return new Finding(Kind.ABSENT, "connection refused");
  }

  /** What an error of a connection means. */
  static Finding of(Throwable error) {
    // a reset inside a handshake is a reset: so the whole chain is searched for it first
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      String text = String.valueOf(cause.getMessage());
      if (text.contains("Connection reset") || text.contains("Broken pipe")) {
        return new Finding(Kind.ABSENT, "connection reset");
      }
      if (text.contains("Too many open files")) {
        return untried("the registry has too many open files");
      }
      if (cause instanceof ConnectException && text.contains("refused")) {
        return refused();
      }
    }
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLException) {
        return failed("TLS handshake failed: " + readable(deepest(cause)));
      }
      if (cause instanceof EOFException) {
        return failed("connection closed before an answer");
      }
      if (cause instanceof NoRouteToHostException) {
        return failed("no route to host");
      }
    }
    return failed("cannot connect: " + readable(deepest(error)));
  }

  /** Such as 1 s, 2.5 s, 40 ms and 0.3 ms. */
  static String text(Duration duration) {
    double millis = duration.toNanos() / 1e6;
    String text =
        millis >= 1_000
            ? String.format(Locale.ROOT, "%.1f s", millis / 1_000)
            : millis >= 10
                ? String.format(Locale.ROOT, "%.0f ms", millis)
                : String.format(Locale.ROOT, "%.1f ms", millis);
    return text.replace(".0 ", " ");
  }

  private static Throwable deepest(Throwable error) {
    Throwable deepest = error;
    while (deepest.getCause() != null) {
      deepest = deepest.getCause();
    }
    return deepest;
  }

  private static String readable(Throwable error) {
    String text = String.valueOf(error.getMessage()).replaceAll("[^ -~]+", " ");
    return text.length() <= MOST_TEXT ? text : text.substring(0, MOST_TEXT);
  }
}
