// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import com.google.protobuf.Timestamp;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.telemetry.Meters;
import dev.rollcall.server.telemetry.Meters.Resync;
import dev.rollcall.server.watch.OpenWatch;
import dev.rollcall.server.watch.Watch.Step;
import dev.rollcall.server.watch.WatchEvent;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of Watch: asks its cursor for a message whenever the transport has room, and never
 * otherwise, so nothing piles up for a client that does not read. Runs on a serial loop of its own.
 */
final class WatchStream implements OpenStreams.Endable {
  private static final Logger log = LoggerFactory.getLogger(WatchStream.class);

  private final ServerCallStreamObserver<Object> client;
  private final Loop loop;
  private final InstantSource asOf;
  private final Meters meters;
  private final Messages messages;
  private final Consumer<WatchStream> whenEnded;
  private @Nullable OpenWatch open;
  private boolean ended;

  /** What the client holds, by its own word and then by what it was sent. */
  private Position held = Position.UNBORN;

  private boolean resumed;

  WatchStream(
      ServerCallStreamObserver<Object> client,
      Loop loop,
      InstantSource asOf,
      Meters meters,
      Messages messages,
      Consumer<WatchStream> whenEnded) {
    this.client = client;
    this.loop = loop;
    this.asOf = asOf;
    this.meters = meters;
    this.messages = messages;
    this.whenEnded = whenEnded;
  }

  /** Opens what a stream follows. */
  interface Opener {
    /**
     * Opens it.
     *
     * @param loop of the stream; the answer may come elsewhere
     * @param bell rings when there may be something to poll
     */
    CompletableFuture<Outcome<OpenWatch>> open(Loop loop, Runnable bell);
  }

  /** How a message of this kind of watch is encoded. */
  interface Messages {
    /** The header of this message, in front of frames that all followers share. */
    RawMessage message(WatchEvent event, Timestamp asOf);
  }

  /**
   * Starts to follow. Call where the RPC was called, before anything is sent.
   *
   * @param from what the client says it holds
   */
  void start(Position from, Opener opener) {
    held = from;
    client.setOnReadyHandler(this::ring);
    client.setOnCancelHandler(() -> loop.execute(this::leave));
    var unused =
        opener
            .open(loop, this::ring)
            // on the loop also where it is done already: that is decided by the clock, not by us
            .whenCompleteAsync(this::opened, loop);
  }

  @Override
  public void end(Rejection why) {
    loop.execute(() -> fail(why));
  }

  private void ring() {
    loop.execute(this::pump);
  }

  private void opened(@Nullable Outcome<OpenWatch> outcome, @Nullable Throwable failure) {
    loop.assertInside();
    if (outcome instanceof Outcome.Done<OpenWatch> done) {
      if (ended) {
        done.value().close();
      } else {
        open = done.value();
        pump();
      }
    } else if (outcome instanceof Outcome.Refused<OpenWatch> refused) {
      fail(refused.why());
    } else {
      log.error("a watch could not be opened", failure);
      leave();
      client.onError(Errors.internal());
    }
  }

  private void pump() {
    while (open != null && !ended && client.isReady()) {
      Step step = open.poll();
      if (step instanceof Step.Send send) {
        send(send.event());
      } else if (step instanceof Step.End end) {
        fail(end.why());
      } else {
        return;
      }
    }
  }

  private void send(WatchEvent event) {
    client.onNext(messages.message(event, Wire.timestamp(asOf.instant())));
    if (event.committedNanos() != 0) {
      meters.propagation().record(loop.nanoTime() - event.committedNanos());
    }
    count(event);
  }

  private void count(WatchEvent event) {
    if (!event.snapshot()) {
      meters.changesSent(event.frames().size());
    } else if (!event.more() && !held.epoch().isEmpty()) {
      boolean sameEpoch = held.epoch().equals(event.position().epoch());
      meters.resynced(!sameEpoch ? Resync.EPOCH : resumed ? Resync.RESTARTED : Resync.POSITION);
    }
    if (!event.more()) {
      resumed = true;
      held = event.position();
    }
  }

  private void fail(Rejection why) {
    if (!ended) {
      leave();
      client.onError(Errors.status(why));
    }
  }

  private void leave() {
    ended = true;
    whenEnded.accept(this);
    if (open != null) {
      open.close();
      open = null;
    }
  }
}
