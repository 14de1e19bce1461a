// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.registry.v1.KeepAliveRequest;
import dev.rollcall.registry.v1.KeepAliveResponse;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.registry.Beats;
import dev.rollcall.server.registry.Hints;
import dev.rollcall.server.registry.Names;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One process that beats on a stream. The next message is asked for only when the last one was
 * answered, so there is one beat at a time and nothing piles up. Runs on gRPC's event loop, or
 * where a beat that had to wait for a lapse is decided.
 */
final class KeepAliveStream implements StreamObserver<KeepAliveRequest>, OpenStreams.Endable {
  private final ServerCallStreamObserver<KeepAliveResponse> client;
  private final Beats beats;
  private final Hints hints;
  private final OpenStreams streams;
  private final LostConnections.Ending ending = LostConnections.current();
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile String namespace = "";
  private volatile List<String> leaseIds = List.of();

  KeepAliveStream(
      ServerCallStreamObserver<KeepAliveResponse> client,
      Beats beats,
      Hints hints,
      OpenStreams streams) {
    this.client = client;
    this.beats = beats;
    this.hints = hints;
    this.streams = streams;
  }

  /** Starts to listen. Call where the RPC was called. */
  KeepAliveStream start() {
    client.disableAutoRequest();
    client.setOnCancelHandler(() -> finish(ending.lost() ? Hints.End.LOST : Hints.End.ENDED));
    hints.opened();
    streams.add(this);
    client.request(1);
    return this;
  }

  @Override
  public void onNext(KeepAliveRequest request) {
    if (namespace.isEmpty()) {
      namespace = Names.namespace(request.getNamespace());
    }
    if (request.getLeaseIdsCount() > 0) {
      leaseIds = List.copyOf(request.getLeaseIdsList());
    }
    var unused = beats.beat(namespace, leaseIds).thenAccept(this::answer);
  }

  private void answer(Outcome<Beats.Answer> outcome) {
    if (outcome instanceof Outcome.Refused<Beats.Answer> refused) {
      end(refused.why());
    } else if (outcome instanceof Outcome.Done<Beats.Answer> done && !ended.get()) {
      client.onNext(
          KeepAliveResponse.newBuilder()
              .setNextIn(Wire.duration(done.value().nextIn()))
              .addAllUnknownLeaseIds(done.value().unknown())
              .setEpoch(done.value().epoch())
              .setRecovering(done.value().recovering())
              .build());
      client.request(1);
    }
  }

  @Override
  public void onCompleted() {
    if (finish(Hints.End.GOODBYE)) {
      client.onCompleted();
    }
  }

  @Override
  public void onError(Throwable failure) {
    // the cancel handler knows more
  }

  @Override
  public void end(Rejection why) {
    // ended by this server: that says nothing about the client
    if (finish(Hints.End.GOODBYE)) {
      client.onError(Errors.status(why));
    }
  }

  /** True the first time. */
  private boolean finish(Hints.End how) {
    if (!ended.compareAndSet(false, true)) {
      return false;
    }
    streams.remove(this);
    hints.ended(namespace, leaseIds.stream().map(LeaseKey::of).toList(), how);
    return true;
  }
}
