// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.store.RecordCodec;
import dev.rollcall.server.store.Store.Append;
import java.util.List;

/** One change on its way to Redis, as {@link Script#COMMIT} takes it. */
final class Sent {
  /** Of each setting, the present one included. */
  private static final int VERSIONS = 20;

  private static final int ALL = 1_000_000_000;
  private static final byte[] YES = {'1'};
  private static final byte[] NO = {'0'};
  private static final byte[] PUT = Keys.bytes("put");
  private static final byte[] REMOVE = Keys.bytes("remove");

  final Append append;
  final Keys keys;
  final long deadlineNanos;

  /** Whether it ever left: it may have been kept then. */
  boolean left;

  /** What Redis answered; 0: nothing yet. Guarded by the {@link Commits} that it belongs to. */
  long revision;

  Sent(Append append, long deadlineNanos) {
    this.append = append;
    this.keys = Keys.of(append.namespace());
    this.deadlineNanos = deadlineNanos;
  }

  /**
   * The call.
   *
   * @param newEpoch the epoch of the namespace if this bears it
   * @param expected the revision of the record in Redis
   * @throws ArithmeticException if no store can hold its times
   */
  Call call(String newEpoch, long expected, int logEntries) {
    Change change = append.change();
    InstanceKey key = change.key();
    boolean setting = key.service().isEmpty();
    return new Call(
        Script.COMMIT,
        List.of(
            keys.meta(),
            keys.inst(),
            keys.lease(),
            keys.log(),
            keys.gone(),
            keys.loss(),
            Keys.names(keys.shard()),
            keys.versions()),
        List.of(
            Keys.bytes(append.decidedAt().epoch()),
            Keys.bytes(newEpoch),
            Entry.nonce(append.nonce()),
            Keys.bytes(append.namespace()),
            id(key),
            Keys.bytes(key.service()),
            Keys.bytes(expected),
            Keys.bytes(append.decidedAt().revision()),
            append.usableBefore() ? YES : NO,
            kind(change),
            change.cause().kind() == Cause.Kind.LEASE_EXPIRED ? YES : NO,
            append.usableBefore() && isLoss(change) ? YES : NO,
            Keys.bytes(ttlMillis(change)),
            beginsLease(change) ? YES : NO,
            RecordCodec.encodeRecord(change),
            RecordCodec.encode(change),
            Keys.bytes(setting ? ALL : logEntries),
            left ? YES : NO,
            Keys.bytes(setting ? VERSIONS : 0)));
  }

  /** The field of a record. */
  static byte[] id(InstanceKey key) {
    return Keys.bytes(key.toString());
  }

  static byte[] kind(Change change) {
    return change instanceof Change.Put || change instanceof Change.Set ? PUT : REMOVE;
  }

  static byte[] flag(Append append) {
    return append.usableBefore() ? YES : NO;
  }

  static long ttlMillis(Change change) {
    return change instanceof Change.Put put
        ? put.registration().instance().leaseTtl().toMillis()
        : 0;
  }

  private static boolean isLoss(Change change) {
    return switch (change.cause().kind()) {
      case LEASE_EXPIRED, PROBE_FAILED, CONNECTION_LOST -> true;
      default -> false;
    };
  }

  private static boolean beginsLease(Change change) {
    if (change instanceof Change.Set) {
      return false;
    }
    return switch (change.cause().kind()) {
      case REGISTERED, UPDATED, REPLACED, RECOVERED -> true;
      default -> false;
    };
  }
}
