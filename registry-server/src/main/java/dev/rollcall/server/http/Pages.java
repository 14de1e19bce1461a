// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.protobuf.ByteString;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The dashboard's files: read once at the start, so that a request names one of a fixed list and
 * never a path. A browser asks each time whether its copy is still the one.
 */
final class Pages {
  /** Nothing from elsewhere, nothing inline; and no text that becomes markup. */
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
          + " require-trusted-types-for 'script'; trusted-types 'none'";

  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html;charset=utf-8",
          "css", "text/css;charset=utf-8",
          "js", "text/javascript;charset=utf-8",
          "svg", "image/svg+xml");

  private static final String LIST = "files";
  private static final String FRONT = "index.html";

  private final Map<String, Page> pages = new TreeMap<>();

  /** A file as it is sent. */
  private record Page(ByteString content, String type, String tag) {}

  /** Reads what the list names. */
  Pages() {
    new String(read(LIST), StandardCharsets.UTF_8)
        .lines()
        .filter(name -> !name.isBlank() && !name.startsWith("#"))
        .forEach(name -> pages.put(name.equals(FRONT) ? "/" : "/dashboard/" + name, page(name)));
  }

  private static Page page(String name) {
    byte[] content = read(name);
    String type = TYPES.get(name.substring(name.lastIndexOf('.') + 1));
    return new Page(
        ByteString.copyFrom(content),
        Objects.requireNonNull(type, name),
        '"' + digest(content) + '"');
  }

  private static byte[] read(String name) {
    try (InputStream file = Pages.class.getResourceAsStream("/dashboard/" + name)) {
      return Objects.requireNonNull(file, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String digest(byte[] content) {
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(content);
      return HexFormat.of().formatHex(sum, 0, 12);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The paths that are answered. */
  Set<String> paths() {
    return pages.keySet();
  }

  /** Answers one of {@link #paths}. */
  void handle(Context http) {
    Page page = pages.get(http.path());
    if (page == null) {
      throw JsonError.of(404, "NO_SUCH_PATH", http.path() + " is not known (expected: /)");
    }
    http.header("Cache-Control", "no-cache").header("ETag", page.tag());
    http.header("Content-Security-Policy", POLICY);
    http.header("Referrer-Policy", "no-referrer");
    http.header("Cross-Origin-Opener-Policy", "same-origin");
    http.header("Cross-Origin-Resource-Policy", "same-origin");
    if (known(http.header("If-None-Match"), page.tag())) {
      http.status(304);
      return;
    }
    http.contentType(page.type()).result(page.content().newInput());
  }

  private static boolean known(@Nullable String tags, String tag) {
    return tags != null && Arrays.asList(tags.split(",\\s*", -1)).contains(tag);
  }
}
