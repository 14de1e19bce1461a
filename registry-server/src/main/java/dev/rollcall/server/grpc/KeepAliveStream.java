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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One process that beats on a stream. The next message is asked for only when the last one was
 * answered, so there is one beat at a time and nothing piles up. Runs on gRPC's event loop, or
 * where a beat that had to wait for a lapse is decided; a move and the end come from the thread
 * that stops the server, so what is sent is sent under this object's monitor.
 */
final class KeepAliveStream implements StreamObserver<KeepAliveRequest>, OpenStreams.Endable {
  /** Of so many leases the stream's end is a hint; of those beyond it silence tells. */
  private static final int MOST_HELD = 10_000;

  private final ServerCallStreamObserver<KeepAliveResponse> client;
  private final Beats beats;
  private final Hints hints;
  private final OpenStreams streams;
  private final LostConnections.Ending ending = LostConnections.current();
  private final AtomicBoolean ended = new AtomicBoolean();
  private volatile String namespace = "";

  /** What the last message renewed. */
  private volatile List<String> leaseIds = List.of();

  /** What was renewed here, the newest last: a process may need several messages for its leases. */
  private volatile List<String> held = List.of();

  // under the monitor
  private Beats.@Nullable Answer last;
  private @Nullable CompletableFuture<Void> moved;

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
      held = together(held, leaseIds, done.value().unknown());
      synchronized (this) {
        last = done.value();
        send(done.value().unknown());
      }
      client.request(1);
    }
  }

  /** What is held after a message; what the registry does not know is not. */
  private static List<String> together(
      List<String> before, List<String> renewed, List<String> unknown) {
    if (unknown.isEmpty() && (before.isEmpty() || before.equals(renewed))) {
      return renewed;
    }
    Set<String> all = new LinkedHashSet<>(before);
    renewed.forEach(all::remove);
    all.addAll(renewed);
    unknown.forEach(all::remove);
    return all.stream().skip(Math.max(0, all.size() - MOST_HELD)).toList();
  }

  /** Under the monitor. */
  private void send(List<String> unknown) {
    Beats.Answer answer = last;
    if (answer != null && !ended.get()) {
      client.onNext(
          KeepAliveResponse.newBuilder()
              .setNextIn(Wire.duration(answer.nextIn()))
              .addAllUnknownLeaseIds(unknown)
              .setEpoch(answer.epoch())
              .setRecovering(answer.recovering())
              .setMove(moved != null)
              .build());
    }
  }

  @Override
  public CompletableFuture<Void> move(Rejection why) {
    CompletableFuture<Void> gone = new CompletableFuture<>();
    synchronized (this) {
      moved = gone;
      // who was not answered yet is told so with the first answer
      send(List.of());
    }
    if (ended.get()) {
      gone.complete(null);
    }
    return gone;
  }

  @Override
  public void onCompleted() {
    if (finish(Hints.End.GOODBYE)) {
      synchronized (this) {
        client.onCompleted();
      }
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
      synchronized (this) {
        client.onError(Errors.status(why));
      }
    }
  }

  /** True the first time. */
  private boolean finish(Hints.End how) {
    if (!ended.compareAndSet(false, true)) {
      return false;
    }
    streams.remove(this);
    hints.ended(namespace, held.stream().map(LeaseKey::of).toList(), how);
    synchronized (this) {
      if (moved != null) {
        moved.complete(null);
      }
    }
    return true;
  }
}
