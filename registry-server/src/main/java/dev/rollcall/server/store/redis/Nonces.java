// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import java.util.OptionalLong;

/**
 * The nonces of the newest revisions of a namespace: with them it can be told where two histories
 * with equal numbers part. For one thread.
 */
final class Nonces {
  private static final int MOST = 65_536;

  /** No change has this nonce. */
  private static final long UNKNOWN = 0;

  private long[] nonces = new long[64];
  private long first;
  private long next;

  /** Forgets all, and goes on with this revision. */
  void restart(long revision) {
    first = revision;
    next = revision;
  }

  /** Forgets what came after this revision. */
  void cutAfter(long revision) {
    if (revision < first) {
      restart(first);
    } else {
      next = Math.min(next, revision + 1);
    }
  }

  /** Goes on with this revision, without those in between. */
  void goOnAt(long revision) {
    if (next == first || revision <= first || revision - next >= MOST) {
      restart(revision);
      return;
    }
    next = Math.min(next, revision);
    while (next < revision) {
      add(UNKNOWN);
    }
  }

  /** The next revision. */
  void add(long nonce) {
    if (next - first == nonces.length) {
      if (nonces.length < MOST) {
        grow();
      } else {
        first++;
      }
    }
    nonces[index(next)] = nonce;
    next++;
  }

  /** The nonce of a revision, if it is still known. */
  OptionalLong of(long revision) {
    return revision >= first && revision < next && nonces[index(revision)] != UNKNOWN
        ? OptionalLong.of(nonces[index(revision)])
        : OptionalLong.empty();
  }

  private int index(long revision) {
    return (int) (revision & (nonces.length - 1));
  }

  private void grow() {
    long[] larger = new long[2 * nonces.length];
    for (long revision = first; revision < next; revision++) {
      larger[(int) (revision & (larger.length - 1))] = nonces[index(revision)];
    }
    nonces = larger;
  }
}
