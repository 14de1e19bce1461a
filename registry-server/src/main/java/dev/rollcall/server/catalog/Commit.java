// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

/**
 * A change at its place in history.
 *
 * @param usableBefore whether callers could use the instance before it, so that a reader of the
 *     usable view can be told that it left
 */
public record Commit(Position position, boolean usableBefore, Change change) {
  /** The revision that the change made. */
  public long revision() {
    return position.revision();
  }
}
