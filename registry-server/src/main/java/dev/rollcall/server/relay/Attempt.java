// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

import io.grpc.Metadata;
import io.grpc.Status;

/** A message handed to one instance. Ends when the context that it was begun in is cancelled. */
interface Attempt {
  /** Takes another part. From any thread. */
  void more();

  /** What comes of it. Told by one thread at a time. */
  interface Listener {
    /** Whether another part is taken at once. */
    boolean ready();

    /** A part of the answer. */
    void part(String text);

    /** The end. */
    void ended(End end);
  }

  /**
   * How it ended.
   *
   * @param status OK: all parts came
   * @param began whether the receiver had begun to answer
   * @param trouble why the receiver was not reached; empty: the status is its own
   */
  record End(Status status, Metadata trailers, boolean began, String trouble) {
    static End of(Status status) {
      return new End(status, new Metadata(), true, "");
    }

    static End unreached(String trouble) {
      return new End(Status.UNAVAILABLE, new Metadata(), false, trouble);
    }

    /** Whether another instance may be asked instead. */
    boolean elsewhere() {
      return !began && status.getCode() == Status.Code.UNAVAILABLE;
    }
  }
}
