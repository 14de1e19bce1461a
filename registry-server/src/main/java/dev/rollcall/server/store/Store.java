// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import java.time.Duration;
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
 * comes back there, each exactly once, in the order of revisions without a gap. Where a store with
 * several writers lost the thread, {@link Feed#reset} says where it goes on.
 *
 * <p>Use: {@link #load} once, then {@link #feed} once, then {@link #append} from any thread.
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

  /** Whether it can be reached, and how old what it has delivered may be. From any thread. */
  Standing standing();

  /** Keeps what was handed over, then stops. Idempotent; blocks until it is done. */
  @Override
  void close();

  /**
   * A change to be kept. Its times are kept in whole milliseconds: finer ones differ after a
   * restart.
   *
   * @param nonce random; names this change when it comes back
   * @param expected the revision of the record that it was decided on; 0: there was none
   * @param decidedAt where the namespace stood then: a record that was absent must have been absent
   *     ever since, and a loss must not have been decided beside another one of its service
   * @param usableBefore whether callers could use the instance until now
   */
  record Append(
      String namespace,
      long nonce,
      long expected,
      Position decidedAt,
      boolean usableBefore,
      Change change) {}

  /**
   * How a store stands.
   *
   * @param up whether it could be reached the last time
   * @param behind how long ago everything that was kept by then is known to have been delivered
   * @param away for how long it could not be reached; zero: it can
   */
  record Standing(boolean up, Duration behind, Duration away) {
    /** Reached, and all delivered. */
    public static final Standing CURRENT = new Standing(true, Duration.ZERO, Duration.ZERO);
  }

  /** Where changes come back. Calls must not block. */
  interface Feed {
    /** These changes of one namespace are kept, in this order. Records bring their revision. */
    void committed(String namespace, List<Commit> commits);

    /** This change is not kept and never will be, unless the failure is OUTCOME_UNKNOWN. */
    void failed(Append append, Failure why);

    /**
     * This change is not kept and never will be, because others were kept before it.
     *
     * @param head where the store stood when it refused: whoever decides again must have got there
     */
    void overtaken(Append append, Position head);

    /**
     * What follows goes on from here: the store holds this now, and what led there was missed or
     * belongs to a new epoch. Changes under way that are in its log are kept; every other one is
     * still answered.
     */
    void reset(Kept.Namespace now);

    /** The namespace with everything delivered so far. Blocks the store's thread until applied. */
    Catalog view(String namespace);

    /** Whether the store is bringing back what it lost; until then the view is the last one. */
    void recovering(String namespace, Recovering now);
  }

  /** Whether a namespace is being brought back. */
  enum Recovering {
    /** The store lost something and gets it back from a view. */
    BEGUN,
    /** It is back, or given up. */
    ENDED
  }

  /** Why a change was not kept. */
  enum Failure {
    /** The record is not at the expected revision. */
    CONFLICT,
    /** There is no room on the disk; reads go on, and writes again once there is room. */
    FULL,
    /** The lease that this change says has ended was renewed. */
    LEASE_RENEWED,
    /** What is kept of this namespace makes no sense: somebody must mend it. */
    UNREADABLE,
    /** The store does not take writes now. */
    UNAVAILABLE,
    /** It may be kept or not. */
    OUTCOME_UNKNOWN
  }
}
