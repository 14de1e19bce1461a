// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Where Redis says that a namespace stands.
 *
 * @param epoch null: it holds none
 * @param run the process that took the last changes, or vouched for
 * @param recovering until when it is being brought back, on Redis' clock; empty: it is not
 */
record Head(
    @Nullable String epoch, long revision, long nonce, @Nullable String run, String recovering) {
  static final String[] FIELDS = {"epoch", "revision", "nonce", "run", "recovering"};
  private static final Pattern REVISION = Pattern.compile("\\d{1,16}");

  /**
   * Reads an answer.
   *
   * @throws IllegalArgumentException if it is none that one of us left there
   */
  static Head of(Object answer) {
    if (answer instanceof JedisDataException e) {
      throw new IllegalArgumentException("its meta: " + e.getMessage(), e);
    }
    List<Object> values = Reader.list(answer);
    Object epoch = values.get(0);
    if (epoch == null) {
      return new Head(null, 0, 0, null, "");
    }
    Object run = values.get(3);
    return new Head(
        Keys.text(epoch),
        revision(text(values.get(1))),
        Entry.nonce(text(values.get(2))),
        run == null ? null : Keys.text(run),
        text(values.get(4)));
  }

  private static long revision(String text) {
    if (!REVISION.matcher(text).matches()) {
      throw new IllegalArgumentException("its revision is \"%s\"".formatted(text));
    }
    return Long.parseLong(text);
  }

  private static String text(@Nullable Object value) {
    return value == null ? "" : Keys.text(value);
  }
}
