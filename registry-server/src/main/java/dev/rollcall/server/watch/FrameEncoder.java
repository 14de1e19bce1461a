// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Registration;

/**
 * Turns one change into a frame: the bytes of one element of a watch message. A message is a small
 * header followed by frames, so a frame is encoded once and sent to any number of followers. Pure,
 * from any thread.
 */
public interface FrameEncoder {
  /** The frame that says: this is the instance from now on. */
  byte[] upsert(Registration registration);

  /** The frame that says: the instance left the view. */
  byte[] removed(InstanceKey key, Cause cause);
}
