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
  /** Looking the algorithm up costs more than a hash, and every beat needs one. */
  private static final ThreadLocal<MessageDigest> SHA_256 =
      ThreadLocal.withInitial(LeaseKey::sha256);

  /** The key of a secret. */
  public static LeaseKey of(String secret) {
    byte[] digest = SHA_256.get().digest(secret.getBytes(StandardCharsets.UTF_8));
    return new LeaseKey(Base64.getUrlEncoder().withoutPadding().encodeToString(digest));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
