// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.catalog.Change;

/**
 * Turns one change into a frame: the bytes of one element of a watch message. A message is a small
 * header followed by frames, so a frame is encoded once and sent to any number of followers. Pure,
 * from any thread.
 */
public interface FrameEncoder {
  /** The frame that says: the record is this from now on. */
  byte[] upsert(Change change);

  /** The frame that says: the record left the view. */
  byte[] removed(Change change);
}
