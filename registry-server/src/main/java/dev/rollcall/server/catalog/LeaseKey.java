// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * A lease's secret as the registry keeps it: only its SHA-256 in base64url, so that whoever reads a
 * store, a log or a heap holds nobody's lease.
 */
public record LeaseKey(String hash) {
  /** The key of a secret. */
  public static LeaseKey of(String secret) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
      return new LeaseKey(Base64.getUrlEncoder().withoutPadding().encodeToString(digest));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
