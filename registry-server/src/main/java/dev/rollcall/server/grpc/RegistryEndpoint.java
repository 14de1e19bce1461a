// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.registry.v1.DeregisterRequest;
import dev.rollcall.registry.v1.DeregisterResponse;
import dev.rollcall.registry.v1.DescribeInstanceRequest;
import dev.rollcall.registry.v1.DescribeInstanceResponse;
import dev.rollcall.registry.v1.DrainRequest;
import dev.rollcall.registry.v1.DrainResponse;
import dev.rollcall.registry.v1.GetGraphRequest;
import dev.rollcall.registry.v1.GetGraphResponse;
import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.GetResponse;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.GetStatusResponse;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.HeartbeatResponse;
import dev.rollcall.registry.v1.KeepAliveRequest;
import dev.rollcall.registry.v1.KeepAliveResponse;
import dev.rollcall.registry.v1.ListEventsRequest;
import dev.rollcall.registry.v1.ListEventsResponse;
import dev.rollcall.registry.v1.ListRequest;
import dev.rollcall.registry.v1.ListResponse;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegisterResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.history.History;
import dev.rollcall.server.registry.Beats;
import dev.rollcall.server.registry.Departures;
import dev.rollcall.server.registry.Dependencies;
import dev.rollcall.server.registry.Hints;
import dev.rollcall.server.registry.Inspection;
import dev.rollcall.server.registry.Lookup;
import dev.rollcall.server.registry.Names;
import dev.rollcall.server.registry.Registry;
import dev.rollcall.server.registry.WatchCall;
import dev.rollcall.server.registry.Watches;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * RegistryService: requests into calls of the use cases, outcomes into responses. Runs on gRPC's
 * event loop, so nothing here blocks.
 */
final class RegistryEndpoint extends RegistryServiceGrpc.RegistryServiceImplBase {
  private static final Duration NO_DEADLINE = Duration.ofDays(1);

  private final Registry registry;
  private final Departures departures;
  private final Beats beats;
  private final Hints hints;
  private final Lookup lookup;
  private final Watches watches;
  private final History history;
  private final Inspection inspection;
  private final Answers answers;
  private final WatchStreams watchStreams;
  private final OpenStreams streams;

  RegistryEndpoint(
      UseCases useCases, Answers answers, WatchStreams watchStreams, OpenStreams streams) {
    this.registry = useCases.registry();
    this.departures = useCases.departures();
    this.beats = useCases.beats();
    this.hints = useCases.hints();
    this.lookup = useCases.lookup();
    this.watches = useCases.watches();
    this.history = useCases.history();
    this.inspection = useCases.inspection();
    this.answers = answers;
    this.watchStreams = watchStreams;
    this.streams = streams;
  }

  @Override
  public void register(RegisterRequest request, StreamObserver<RegisterResponse> client) {
    Registry.RegisterCall call =
        new Registry.RegisterCall(
            Names.namespace(request.getNamespace()),
            Wire.draft(request.getInstance()),
            request.getLeaseId(),
            Callers.current());
    Replies.answer(
        registry.register(call),
        client,
        registered ->
            RegisterResponse.newBuilder()
                .setInstance(Wire.instance(registered.registration()))
                .setLeaseId(registered.leaseId())
                .setLeaseTtl(Wire.duration(registered.registration().instance().leaseTtl()))
                .setHeartbeatInterval(Wire.duration(registered.interval()))
                .setEpoch(registered.position().epoch())
                .setRevision(registered.position().revision())
                .build());
  }

  @Override
  public void heartbeat(HeartbeatRequest request, StreamObserver<HeartbeatResponse> client) {
    Replies.answer(
        beats.beat(Names.namespace(request.getNamespace()), request.getLeaseIdsList()),
        client,
        beat ->
            HeartbeatResponse.newBuilder()
                .setNextIn(Wire.duration(beat.nextIn()))
                .addAllUnknownLeaseIds(beat.unknown())
                .setEpoch(beat.epoch())
                .setRecovering(beat.recovering())
                .build());
  }

  @Override
  public StreamObserver<KeepAliveRequest> keepAlive(StreamObserver<KeepAliveResponse> client) {
    return new KeepAliveStream(
            (ServerCallStreamObserver<KeepAliveResponse>) client, beats, hints, streams)
        .start();
  }

  @Override
  public void drain(DrainRequest request, StreamObserver<DrainResponse> client) {
    Replies.answer(
        departures.drain(Wire.departure(request, Callers.current())),
        client,
        position ->
            DrainResponse.newBuilder()
                .setEpoch(position.epoch())
                .setRevision(position.revision())
                .build());
  }

  @Override
  public void deregister(DeregisterRequest request, StreamObserver<DeregisterResponse> client) {
    Replies.answer(
        departures.deregister(Wire.departure(request, Callers.current())),
        client,
        position ->
            DeregisterResponse.newBuilder()
                .setEpoch(position.epoch())
                .setRevision(position.revision())
                .build());
  }

  @Override
  public void get(GetRequest request, StreamObserver<GetResponse> client) {
    Lookup.GetCall call =
        new Lookup.GetCall(
            Names.namespace(request.getNamespace()),
            request.getService(),
            request.getMinRevision(),
            request.getEpoch());
    View view = request.getAllStatuses() ? View.ALL : View.USABLE;
    StreamObserver<Object> raw = Replies.raw(client);
    CompletableFuture<Outcome<Lookup.Found>> found = lookup.get(call, timeLeft());
    endWithTheServer(found);
    Replies.settle(found.thenCompose(done -> answers.get(done, view)), raw);
  }

  /** Who waits for a revision does not hold up a server that stops. */
  private <T> void endWithTheServer(CompletableFuture<Outcome<T>> waiting) {
    if (!waiting.isDone()) {
      OpenStreams.Endable end = why -> waiting.complete(new Outcome.Refused<>(why));
      streams.add(end);
      var unused = waiting.whenComplete((done, failure) -> streams.remove(end));
    }
  }

  @Override
  public void list(ListRequest request, StreamObserver<ListResponse> client) {
    // walks the catalog: not on the event loop
    watchStreams
        .pool()
        .execute(
            () ->
                Replies.settle(
                    CompletableFuture.completedFuture(
                        answers.list(
                            lookup.list(
                                Names.namespace(request.getNamespace()),
                                request.getPageSize(),
                                request.getPageToken()),
                            request.getWithInstances())),
                    client));
  }

  @Override
  public void watch(WatchRequest request, StreamObserver<WatchResponse> client) {
    WatchCall call = GraphWire.call(request);
    watchStreams
        .open(Replies.raw(client), Wire::message)
        .start(call.from(), (loop, bell) -> watches.open(call, loop, bell));
  }

  @Override
  public void listEvents(ListEventsRequest request, StreamObserver<ListEventsResponse> client) {
    String namespace = Names.namespace(request.getNamespace());
    Names names = new Names().checkNamespace(namespace);
    Outcome<History.Call> call = EventWire.call(namespace, request, names);
    if (call instanceof Outcome.Refused<History.Call> refused) {
      client.onError(Errors.status(refused.why()));
      return;
    }
    History.Call asked = ((Outcome.Done<History.Call>) call).value();
    // reads the store: not on the event loop
    watchStreams
        .pool()
        .execute(
            () ->
                Replies.answer(
                    CompletableFuture.completedFuture(history.list(asked)),
                    client,
                    page -> EventWire.answer(page, lookup.catalog(namespace).position())));
  }

  @Override
  public void describeInstance(
      DescribeInstanceRequest request, StreamObserver<DescribeInstanceResponse> client) {
    Replies.answer(
        inspection.describe(
            Names.namespace(request.getNamespace()), request.getService(), request.getId()),
        client,
        answers::description);
  }

  @Override
  public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> client) {
    String namespace = Names.namespace(request.getNamespace());
    Rejection rejection = new Names().checkNamespace(namespace).rejection();
    Replies.settle(
        CompletableFuture.completedFuture(
            rejection != null
                ? new Outcome.Refused<GetStatusResponse>(rejection)
                : new Outcome.Done<>(answers.status(lookup.catalog(namespace), watches.count()))),
        client);
  }

  @Override
  public void getGraph(GetGraphRequest request, StreamObserver<GetGraphResponse> client) {
    String namespace = Names.namespace(request.getNamespace());
    Rejection rejection = new Names().checkNamespace(namespace).rejection();
    if (rejection != null) {
      client.onError(Errors.status(rejection));
      return;
    }
    // walks the catalog: not on the event loop
    watchStreams
        .pool()
        .execute(
            () -> {
              Catalog catalog = lookup.catalog(namespace);
              Replies.settle(
                  CompletableFuture.completedFuture(
                      new Outcome.Done<>(
                          GraphWire.answer(
                              Dependencies.graph(catalog, watches.watching(namespace)),
                              catalog.position()))),
                  client);
            });
  }

  private static Duration timeLeft() {
    Deadline deadline = Context.current().getDeadline();
    return deadline == null
        ? NO_DEADLINE
        : Duration.ofNanos(Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS)));
  }
}
