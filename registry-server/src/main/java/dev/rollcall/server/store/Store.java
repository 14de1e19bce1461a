// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import java.util.List;

/**
 * A durable, ordered log of changes, and the newest record of each instance.
 *
 * <p>The store numbers: it gives each accepted change of a namespace the next revision, inside the
 * same atomic step that keeps it. The precondition of a change is the revision of its own record,
 * never that of the namespace. A namespace is born, with a random epoch, by its first change.
 *
 * <p>The feed decides: a change is committed when it comes back through {@link Feed#committed}, and
 * only then; it has survived a crash of the process by that time. Every change of every writer
 * comes back there, each exactly once, in the order of revisions without a gap.
 *
 * <p>Use: {@link #load} once, then {@link #feed} once, then {@link #append} and {@link #remember}
 * from any thread.
 */
public interface Store extends AutoCloseable {
  /**
   * Everything kept. Blocks.
   *
   * @throws StoreException if it cannot be read; the message names the directory or address and
   *     says what to do
   */
  Kept load();

  /** Starts delivering changes. The feed is called on a thread of the store, one call at a time. */
  void feed(Feed feed);

  /**
   * Hands over one change. Never blocks; what became of it arrives at the feed. At most one change
   * of a record may be under way. A change that no store can hold (a time beyond 64 bits of
   * milliseconds) fails alone, as UNAVAILABLE. After close a change fails as UNAVAILABLE at once,
   * on the caller's thread.
   */
  void append(Append append);

  /**
   * Keeps the leases' clock, so that a restart neither throws out the living nor keeps the dead.
   * Never blocks; lost without harm when the store is away. Kept in one atomic step: the clock
   * never moves past a lease that was heard by then.
   */
  void remember(LeaseTick tick);

  /** Keeps what was handed over, then stops. Idempotent; blocks until it is done. */
  @Override
  void close();

  /**
   * A change to be kept. Its times are kept in whole milliseconds: finer ones differ after a
   * restart.
   *
   * @param nonce random; names this change when it comes back
   * @param expected the revision of the record that it was decided on; 0: there was none
   * @param usableBefore whether callers could use the instance until now
   */
  record Append(String namespace, long nonce, long expected, boolean usableBefore, Change change) {}

  /** Where changes come back. Calls must not block. */
  interface Feed {
    /** These changes of one namespace are kept, in this order. Records bring their revision. */
    void committed(String namespace, List<Commit> commits);

    /** This change is not kept and never will be, unless the failure is OUTCOME_UNKNOWN. */
    void failed(Append append, Failure why);
  }

  /** Why a change was not kept. */
  enum Failure {
    /** The record is not at the expected revision. */
    CONFLICT,
    /** There is no room on the disk; reads go on, and writes again once there is room. */
    FULL,
    /** The store does not take writes now. */
    UNAVAILABLE,
    /** It may be kept or not. */
    OUTCOME_UNKNOWN
  }
}
