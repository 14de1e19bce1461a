// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.catalog.Position;
import java.util.List;

/**
 * One message to a follower.
 *
 * @param position what the follower holds after it, once {@code more} is false
 * @param snapshot whether it is a part of a snapshot
 * @param more whether the next message continues this one, at the same position
 * @param frames the changes, encoded; none, and no snapshot: a bookmark
 * @param committedNanos when the newest change in it was committed, on the loop's clock; 0 where
 *     that was not just now
 * @param recovering whether the store may bring back more: nothing that is missing is gone for sure
 */
public record WatchEvent(
    Position position,
    boolean snapshot,
    boolean more,
    List<byte[]> frames,
    long committedNanos,
    boolean recovering) {

  WatchEvent(
      Position position, boolean snapshot, boolean more, List<byte[]> frames, long committedNanos) {
    this(position, snapshot, more, frames, committedNanos, false);
  }

  /** The same, said while the store is recovering. */
  WatchEvent whileRecovering() {
    return new WatchEvent(position, snapshot, more, frames, committedNanos, true);
  }

  static WatchEvent bookmark(Position position) {
    return new WatchEvent(position, false, false, List.of(), 0);
  }
}
