// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

import dev.rollcall.server.catalog.Rejection;
import io.grpc.Metadata;
import io.grpc.Status;

/** Who sent a message and gets its answer. Told by one thread at a time; must not block. */
public interface Sender {
  /** Whether it takes a part now; if not, it says so later by {@link Passing#more}. */
  boolean ready();

  /** A part of the answer; the only one, unless it may come in parts. */
  void part(String text);

  /** That was all. The last call. */
  void completed();

  /** The registry could not pass it on. The last call. */
  void refused(Rejection why);

  /** The receiver's own status, as it came. The last call. */
  void failed(Status status, Metadata trailers);
}
