// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import org.jspecify.annotations.Nullable;

/**
 * What stands before a record in Redis, for the scripts to read: {@code revision|nonce|TTL in
 * ms|revision in a lost lineage|}.
 *
 * @param end where the record begins
 */
record Header(long revision, int end) {
  private static final int NONCE_DIGITS = 16;
  private static final int MOST_DIGITS = 16;
  private static final int BARS = 4;
  private static final int LONGEST = 96;

  /** Reads it; null: there is none. */
  static @Nullable Header of(byte[] value) {
    long revision = 0;
    int from = 0;
    for (int bar = 0; bar < BARS; bar++) {
      int end = digits(value, from, bar == 1);
      int length = end - from;
      boolean whole = end < Math.min(value.length, LONGEST) && value[end] == '|' && length > 0;
      if (!whole || (bar == 0 && length > MOST_DIGITS) || (bar == 1 && length != NONCE_DIGITS)) {
        return null;
      }
      if (bar == 0) {
        for (int i = from; i < end; i++) {
          revision = 10 * revision + (value[i] - '0');
        }
      }
      from = end + 1;
    }
    return new Header(revision, from);
  }

  /** Where the digits end. */
  private static int digits(byte[] value, int from, boolean hexadecimal) {
    int end = from;
    while (end < value.length
        && ((value[end] >= '0' && value[end] <= '9')
            || (hexadecimal && value[end] >= 'a' && value[end] <= 'f'))) {
      end++;
    }
    return end;
  }
}
