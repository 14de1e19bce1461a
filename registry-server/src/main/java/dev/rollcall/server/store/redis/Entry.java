// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.store.RecordCodec;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One entry of a namespace's log, as Redis keeps it. Nothing in it is trusted. */
final class Entry {
  private static final int NONCE_DIGITS = 16;

  private final String id;
  private final String record;
  private final long revision;
  private final long nonce;
  private final long previous;
  private final boolean usableBefore;
  private final byte @Nullable [] change;

  private Entry(
      String id,
      String record,
      long revision,
      long nonce,
      long previous,
      boolean usableBefore,
      byte @Nullable [] change) {
    this.id = id;
    this.record = record;
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

  /** The id of the record that it is about; empty: of none. */
  String record() {
    return record;
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

  /** How large the change is. */
  int bytes() {
    return change == null ? 0 : change.length;
  }

  /** Whether it is the change of this revision. */
  boolean isChange(long expected) {
    return revision == expected && !foreign() && change != null;
  }

  /** Whether none of us can have written it. */
  boolean foreign() {
    return nonce == 0 || !id.endsWith("-0");
  }

  /** Reads what XRANGE and XREAD answer. */
  static Entry of(List<Object> answer) {
    String id = Keys.text(answer.get(0));
    String record = "";
    long nonce = 0;
    long previous = 0;
    boolean usable = false;
    byte[] change = null;
    List<Object> fields = Reader.list(answer.get(1));
    for (int i = 0; i + 1 < fields.size(); i += 2) {
      byte[] name = (byte[]) fields.get(i);
      byte[] value = (byte[]) fields.get(i + 1);
      switch (name.length == 1 ? name[0] : 0) {
        case 'i' -> record = Keys.text(value);
        case 'n' -> nonce = nonce(Keys.text(value));
        case 'p' -> previous = nonce(Keys.text(value));
        case 'u' -> usable = value.length == 1 && value[0] == '1';
        case 'c' -> change = value;
        default -> {
          // of a newer version, or not needed here
        }
      }
    }
    long revision = Long.parseUnsignedLong(id.substring(0, id.indexOf('-')));
    return new Entry(
        id, record, revision < 0 ? Long.MAX_VALUE : revision, nonce, previous, usable, change);
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
    return commit(epoch, RecordCodec.change(change, revision));
  }

  /** The same where its change is known already. */
  Commit commit(String epoch, Change known) {
    return new Commit(new Position(epoch, revision, nonce), usableBefore, known);
  }

  /** How a nonce is written. */
  static byte[] nonce(long nonce) {
    return Keys.bytes(HexFormat.of().toHexDigits(nonce));
  }

  /** Reads a nonce; 0 where there is none. */
  static long nonce(String text) {
    boolean whole = text.length() == NONCE_DIGITS;
    for (int i = 0; whole && i < NONCE_DIGITS; i++) {
      char digit = text.charAt(i);
      whole = (digit >= '0' && digit <= '9') || (digit >= 'a' && digit <= 'f');
    }
    return whole ? HexFormat.fromHexDigitsToLong(text) : 0;
  }
}
