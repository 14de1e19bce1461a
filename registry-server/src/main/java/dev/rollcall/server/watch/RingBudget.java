// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.loop.Loop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Bounds the memory of all rings together: when it is exceeded, the largest ring gives first, until
 * a sixteenth is free again. Runs on the ledger's loop.
 */
public final class RingBudget {
  private final Loop loop;
  private final long limitBytes;
  private final List<ChangeRing> rings = new ArrayList<>();
  private long usedBytes;

  /** With a limit for all rings together, in bytes. */
  public RingBudget(Loop loop, long limitBytes) {
    this.loop = loop;
    this.limitBytes = limitBytes;
  }

  /** Counts this ring too. */
  public void include(ChangeRing ring) {
    loop.assertInside();
    rings.add(ring);
    usedBytes += ring.bytes();
  }

  /** Counts this ring no more. */
  public void exclude(ChangeRing ring) {
    loop.assertInside();
    if (rings.remove(ring)) {
      usedBytes -= ring.bytes();
    }
  }

  /** A ring grew; drops the oldest changes of the largest rings where that is too much. */
  void grew(long bytes) {
    usedBytes += bytes;
    if (usedBytes <= limitBytes) {
      return;
    }
    long goal = limitBytes - limitBytes / 16;
    while (usedBytes > goal) {
      ChangeRing largest =
          rings.stream().max(Comparator.comparingLong(ChangeRing::bytes)).orElseThrow();
      long before = largest.bytes();
      long enough = Math.max(1, before / 16);
      while (before - largest.bytes() < enough) {
        largest.dropOldest();
      }
      usedBytes -= before - largest.bytes();
    }
  }
}
