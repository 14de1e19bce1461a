// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One GET and the status line of its answer. Nothing else of the answer is looked at: redirects are
 * not followed, bodies are not read.
 */
final class HttpExchange {
  /** The most that is read of an answer. */
  static final int MOST_BYTES = 4_096;

  private static final String LINE_END = "\r\n";
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-5][0-9]{2})(?: .*)?");
  private static final Finding NOT_HTTP = Finding.failed("not HTTP");

  private final byte[] request;

  HttpExchange(Target target, String path) {
    String text =
        String.join(
            LINE_END,
            "GET " + path + " HTTP/1.1",
            "Host: " + target.authority(),
            "User-Agent: rollcall-probe",
            "Accept: */*",
            "Connection: close",
            "",
            "");
    request = text.getBytes(StandardCharsets.ISO_8859_1);
  }

  byte[] request() {
    return request.clone();
  }

  /** What the bytes so far mean; null: too few to tell. */
  static @Nullable Finding read(byte[] bytes, int length) {
    String text = new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
    for (int from = 0; ; ) {
      String begin = text.substring(from);
      if (!begin.startsWith("HTTP/1.".substring(0, Math.min(7, begin.length())))) {
        return NOT_HTTP;
      }
      int lineEnd = begin.indexOf('\n');
      if (lineEnd < 0) {
        return length < MOST_BYTES ? null : NOT_HTTP;
      }
      Matcher line = STATUS.matcher(begin.substring(0, lineEnd).stripTrailing());
      if (!line.matches()) {
        return NOT_HTTP;
      }
      int code = Integer.parseInt(line.group(1));
      if (code >= 200) {
        return answered(code);
      }
      // an interim answer: the one that counts comes after its headers
      int next = begin.indexOf(LINE_END + LINE_END);
      if (next < 0) {
        return length < MOST_BYTES ? null : NOT_HTTP;
      }
      from += next + 4;
      if (from == length) {
        return length < MOST_BYTES ? null : NOT_HTTP;
      }
    }
  }

  private static Finding answered(int code) {
    return code < 300
        ? Finding.passed("HTTP " + code)
        : Finding.failed("HTTP " + code + (code < 400 ? ": redirects are not followed" : ""));
  }

  /** What it means that the target closes before it has said enough. */
  static Finding closed(int length) {
    return length == 0 ? Finding.failed("connection closed before an answer") : NOT_HTTP;
  }
}
