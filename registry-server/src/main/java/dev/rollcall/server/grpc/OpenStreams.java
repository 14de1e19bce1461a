// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** All long-lived streams of the port, to end them when the server stops. From any thread. */
final class OpenStreams {
  private final Set<Endable> open = ConcurrentHashMap.newKeySet();
  private volatile boolean stopping;

  /** A stream. */
  interface Endable {
    /** Ends it with a status. From any thread; idempotent. */
    void end(Rejection why);

    /**
     * Has its client go on elsewhere. From any thread.
     *
     * @return completes when the stream has ended; one whose client is not asked ends at once
     */
    default CompletableFuture<Void> move(Rejection why) {
      end(why);
      return CompletableFuture.completedFuture(null);
    }
  }

  void add(Endable stream) {
    open.add(stream);
    if (stopping) {
      stream.end(stopped());
    }
  }

  /** It has ended; false: that was known. */
  boolean remove(Endable stream) {
    return open.remove(stream);
  }

  /** Has all clients go on elsewhere; completes when those that are asked to have done so. */
  CompletableFuture<Void> moveAll() {
    stopping = true;
    return CompletableFuture.allOf(
        open.stream().map(stream -> stream.move(stopped())).toArray(CompletableFuture<?>[]::new));
  }

  /** Ends those that are left: their clients go on elsewhere, or here when the server is back. */
  void endAll() {
    open.forEach(stream -> stream.end(stopped()));
  }

  private static Rejection stopped() {
    return Rejection.of(
        Reason.STOPPING,
        "the registry is stopping; go on with another one, or with it once it is back");
  }
}
