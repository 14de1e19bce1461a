// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.store.RecordCodec;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One entry of a namespace's log, as Redis keeps it. Nothing in it is trusted. */
final class Entry {
  private static final Pattern NONCE = Pattern.compile("[0-9a-f]{16}");

  private final String id;
  private final long revision;
  private final long nonce;
  private final long previous;
  private final boolean usableBefore;
  private final byte @Nullable [] change;

  private Entry(
      String id,
      long revision,
      long nonce,
      long previous,
      boolean usableBefore,
      byte @Nullable [] change) {
    this.id = id;
    this.revision = revision;
    this.nonce = nonce;
    this.previous = previous;
    this.usableBefore = usableBefore;
    this.change = change;
  }

  /** As Redis names it. */
  String id() {
    return id;
  }

  long revision() {
    return revision;
  }

  long nonce() {
    return nonce;
  }

  /** The nonce of the entry before it; 0 in the first. */
  long previous() {
    return previous;
  }

  /** The bytes of the change; null: a new epoch began here. */
  byte @Nullable [] change() {
    return change;
  }

  /** Whether none of us can have written it. */
  boolean foreign() {
    return nonce == 0 || !id.endsWith("-0");
  }

  /** Reads what XRANGE and XREAD answer. */
  static Entry of(List<Object> answer) {
    String id = Keys.text(answer.get(0));
    long nonce = 0;
    long previous = 0;
    boolean usable = false;
    byte[] change = null;
    List<Object> fields = Reader.list(answer.get(1));
    for (int i = 0; i + 1 < fields.size(); i += 2) {
      byte[] value = (byte[]) fields.get(i + 1);
      switch (Keys.text(fields.get(i))) {
        case "n" -> nonce = nonce(Keys.text(value));
        case "p" -> previous = nonce(Keys.text(value));
        case "u" -> usable = Keys.text(value).equals("1");
        case "c" -> change = value;
        default -> {
          // of a newer version, or not needed here
        }
      }
    }
    long revision = Long.parseUnsignedLong(id.substring(0, id.indexOf('-')));
    return new Entry(id, revision < 0 ? Long.MAX_VALUE : revision, nonce, previous, usable, change);
  }

  /**
   * As a change of an epoch.
   *
   * @throws IllegalArgumentException if it is none that this version knows
   */
  Commit commit(String epoch) {
    if (change == null) {
      throw new IllegalArgumentException("no change");
    }
    return new Commit(
        new Position(epoch, revision, nonce), usableBefore, RecordCodec.change(change, revision));
  }

  /** How a nonce is written. */
  static byte[] nonce(long nonce) {
    return Keys.bytes(HexFormat.of().toHexDigits(nonce));
  }

  /** Reads a nonce; 0 where there is none. */
  static long nonce(String text) {
    return NONCE.matcher(text).matches() ? HexFormat.fromHexDigitsToLong(text) : 0;
  }
}
