// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.loop.SerialLoop;
import dev.rollcall.server.telemetry.Meters;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.InstantSource;
import java.util.concurrent.Executor;

/** Makes watch streams on a small shared pool. */
final class WatchStreams {
  private final Executor pool;
  private final Loop clock;
  private final InstantSource asOf;
  private final Meters meters;
  private final OpenStreams open;

  WatchStreams(Executor pool, Loop clock, InstantSource asOf, Meters meters, OpenStreams open) {
    this.pool = pool;
    this.clock = clock;
    this.asOf = asOf;
    this.meters = meters;
    this.open = open;
  }

  /** Where work goes that walks a catalog. */
  Executor pool() {
    return pool;
  }

  WatchStream open(ServerCallStreamObserver<Object> client, WatchStream.Messages messages) {
    WatchStream stream =
        new WatchStream(client, new SerialLoop(pool, clock), asOf, meters, messages, this::ended);
    meters.watchOpened();
    open.add(stream);
    return stream;
  }

  private void ended(WatchStream stream) {
    if (open.remove(stream)) {
      meters.watchClosed();
    }
  }
}
