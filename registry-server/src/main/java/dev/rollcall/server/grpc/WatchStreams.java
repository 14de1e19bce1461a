// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.loop.SerialLoop;
import dev.rollcall.server.telemetry.Propagation;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/** Makes watch streams on a small shared pool, and ends them when the server stops. */
final class WatchStreams {
  private final Executor pool;
  private final Loop clock;
  private final InstantSource wallClock;
  private final Propagation propagation;
  private final Set<WatchStream> open = ConcurrentHashMap.newKeySet();

  WatchStreams(Executor pool, Loop clock, InstantSource wallClock, Propagation propagation) {
    this.pool = pool;
    this.clock = clock;
    this.wallClock = wallClock;
    this.propagation = propagation;
  }

  /** Where work goes that walks a catalog. */
  Executor pool() {
    return pool;
  }

  WatchStream open(ServerCallStreamObserver<Object> client) {
    WatchStream stream =
        new WatchStream(client, new SerialLoop(pool, clock), wallClock, propagation, open::remove);
    open.add(stream);
    return stream;
  }

  /** Ends them all: clients go on elsewhere, or here when the server is back. */
  void endAll() {
    Rejection why =
        Rejection.of(Reason.STOPPING, "the registry is stopping; resume at your last position");
    open.forEach(stream -> stream.end(why));
  }
}
