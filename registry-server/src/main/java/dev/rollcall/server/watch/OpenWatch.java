// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

/** A watch that is followed. On the stream's loop. */
public interface OpenWatch {
  /** The next step. Call only when the client has room for a message. */
  Watch.Step poll();

  /** Ends it. Call once. */
  void close();
}
