// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

/** Which headers pass a proxy, and what an error of a connection means. Pure. */
final class Headers {
  /** About one connection, not about the message. */
  private static final Set<String> HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "http2-settings",
          "content-length",
          "expect",
          "host");

  private Headers() {}

  static boolean goesUpstream(String name) {
    return !HOP.contains(name.toLowerCase(Locale.ROOT)) && !name.startsWith(":");
  }

  /** What of an answer's headers the caller gets; the length is written anew. */
  static Map<String, String> back(Map<String, List<String>> headers) {
    Map<String, String> back = new TreeMap<>();
    headers.forEach(
        (name, values) -> {
          if (goesUpstream(name)) {
            back.put(name, String.join(", ", values));
          }
        });
    return back;
  }

  static String trouble(ExecutionException failed) {
    Throwable cause = failed.getCause();
    Throwable error = cause == null ? failed : cause;
    if (error instanceof HttpConnectTimeoutException) {
      return "no connection in time";
    }
    if (error instanceof HttpTimeoutException) {
      return "no answer in time";
    }
    return error instanceof ConnectException
        ? "connection refused"
        : "connection lost: " + error.getMessage();
  }
}
