// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** All long-lived streams of the port, to end them when the server stops. From any thread. */
final class OpenStreams {
  private final Set<Endable> open = ConcurrentHashMap.newKeySet();
  private volatile boolean stopping;

  /** A stream. */
  interface Endable {
    /** Ends it with a status. From any thread; idempotent. */
    void end(Rejection why);
  }

  void add(Endable stream) {
    open.add(stream);
    if (stopping) {
      stream.end(stopped());
    }
  }

  void remove(Endable stream) {
    open.remove(stream);
  }

  /** Ends them all: clients go on elsewhere, or here when the server is back. */
  void endAll() {
    stopping = true;
    open.forEach(stream -> stream.end(stopped()));
  }

  private static Rejection stopped() {
    return Rejection.of(
        Reason.STOPPING,
        "the registry is stopping; go on with another one, or with it once it is back");
  }
}
