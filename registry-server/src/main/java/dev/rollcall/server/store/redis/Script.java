// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/** The programs that run inside Redis, each in a file beside this class. Named by their digest. */
enum Script {
  /** Keeps one change. */
  COMMIT,
  /** Renews leases. */
  RENEW,
  /** Lists leases that have ended. */
  DUE,
  /** The time until leases end, and since they were heard. */
  REMAINING,
  /** Begins a new epoch. */
  FOUND,
  /** Brings back one change of a lost lineage. */
  RECOVER,
  /** Says that the running server process holds everything. */
  ADOPT,
  /** Takes out of a log what does not belong there. */
  HEAL;

  private final String text;
  private final String digest;

  Script() {
    text = read(name().toLowerCase(Locale.ROOT) + ".lua");
    digest = sha1(text);
  }

  byte[] text() {
    return Keys.bytes(text);
  }

  byte[] digest() {
    return Keys.bytes(digest);
  }

  private static String read(String file) {
    try (InputStream resource = Script.class.getResourceAsStream(file)) {
      if (resource == null) {
        throw new IllegalStateException(file + " is not on the class path");
      }
      return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha1(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(Keys.bytes(text)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-1", e);
    }
  }
}
