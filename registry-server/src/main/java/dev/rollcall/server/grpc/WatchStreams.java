// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.loop.SerialLoop;
import dev.rollcall.server.telemetry.Propagation;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.InstantSource;
import java.util.concurrent.Executor;

/** Makes watch streams on a small shared pool. */
final class WatchStreams {
  private final Executor pool;
  private final Loop clock;
  private final InstantSource asOf;
  private final Propagation propagation;
  private final OpenStreams open;

  WatchStreams(
      Executor pool, Loop clock, InstantSource asOf, Propagation propagation, OpenStreams open) {
    this.pool = pool;
    this.clock = clock;
    this.asOf = asOf;
    this.propagation = propagation;
    this.open = open;
  }

  /** Where work goes that walks a catalog. */
  Executor pool() {
    return pool;
  }

  WatchStream open(ServerCallStreamObserver<Object> client, WatchStream.Messages messages) {
    WatchStream stream =
        new WatchStream(
            client, new SerialLoop(pool, clock), asOf, propagation, messages, open::remove);
    open.add(stream);
    return stream;
  }
}
