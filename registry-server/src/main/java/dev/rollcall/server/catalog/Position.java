// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

/**
 * A place in a namespace's history.
 *
 * @param epoch names one unbroken lineage of revisions; empty before the namespace's first write
 * @param revision rises by exactly 1 with each committed change of the epoch
 * @param nonce random, one for each change: tells two histories with equal numbers apart
 */
public record Position(String epoch, long revision, long nonce) {
  /** Where a namespace is that nothing was ever written to. */
  public static final Position UNBORN = new Position("", 0, 0);
}
