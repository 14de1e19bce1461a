// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import com.google.protobuf.Timestamp;
import dev.rollcall.config.v1.ConfigServiceGrpc;
import dev.rollcall.config.v1.DeleteRequest;
import dev.rollcall.config.v1.DeleteResponse;
import dev.rollcall.config.v1.GetRequest;
import dev.rollcall.config.v1.GetResponse;
import dev.rollcall.config.v1.HistoryRequest;
import dev.rollcall.config.v1.HistoryResponse;
import dev.rollcall.config.v1.ListRequest;
import dev.rollcall.config.v1.ListResponse;
import dev.rollcall.config.v1.PutRequest;
import dev.rollcall.config.v1.PutResponse;
import dev.rollcall.config.v1.WatchRequest;
import dev.rollcall.config.v1.WatchResponse;
import dev.rollcall.server.config.Config;
import dev.rollcall.server.config.ConfigWatches;
import dev.rollcall.server.registry.Names;
import io.grpc.stub.StreamObserver;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;

/** The RPCs of {@code rollcall.config.v1.ConfigService}. On gRPC's event loop; never blocks it. */
final class ConfigEndpoint extends ConfigServiceGrpc.ConfigServiceImplBase {
  private final Config config;
  private final ConfigWatches watches;
  private final WatchStreams streams;
  private final InstantSource asOf;

  ConfigEndpoint(Config config, ConfigWatches watches, WatchStreams streams, InstantSource asOf) {
    this.config = config;
    this.watches = watches;
    this.streams = streams;
    this.asOf = asOf;
  }

  @Override
  public void get(GetRequest request, StreamObserver<GetResponse> client) {
    String namespace = Names.namespace(request.getNamespace());
    Replies.answer(
        CompletableFuture.completedFuture(config.get(namespace, request.getKey())),
        client,
        found ->
            GetResponse.newBuilder()
                .setEpoch(found.position().epoch())
                .setRevision(found.position().revision())
                .setAsOf(asOf())
                .setRecovering(config.recovering(namespace))
                .setSetting(ConfigWire.setting(found.setting()))
                .build());
  }

  @Override
  public void put(PutRequest request, StreamObserver<PutResponse> client) {
    Replies.answer(
        config.put(ConfigWire.call(request, Callers.current())),
        client,
        found ->
            PutResponse.newBuilder()
                .setEpoch(found.position().epoch())
                .setRevision(found.position().revision())
                .setSetting(ConfigWire.setting(found.setting()))
                .build());
  }

  @Override
  public void delete(DeleteRequest request, StreamObserver<DeleteResponse> client) {
    Replies.answer(
        config.delete(ConfigWire.call(request, Callers.current())),
        client,
        position ->
            DeleteResponse.newBuilder()
                .setEpoch(position.epoch())
                .setRevision(position.revision())
                .build());
  }

  @Override
  public void list(ListRequest request, StreamObserver<ListResponse> client) {
    String namespace = Names.namespace(request.getNamespace());
    // walks the settings and encodes up to 1 MiB: not on the event loop
    streams
        .pool()
        .execute(
            () ->
                Replies.answer(
                    CompletableFuture.completedFuture(
                        config.list(
                            namespace,
                            request.getPrefix(),
                            request.getPageSize(),
                            request.getPageToken())),
                    client,
                    page -> ConfigWire.page(page, asOf(), config.recovering(namespace))));
  }

  @Override
  public void watch(WatchRequest request, StreamObserver<WatchResponse> client) {
    ConfigWatches.Call call = ConfigWire.call(request);
    streams
        .open(Replies.raw(client), ConfigWire::message)
        .start(call.from(), (loop, bell) -> watches.open(call, loop, bell));
  }

  @Override
  public void history(HistoryRequest request, StreamObserver<HistoryResponse> client) {
    String namespace = Names.namespace(request.getNamespace());
    // reads the store
    streams
        .pool()
        .execute(
            () ->
                Replies.answer(
                    CompletableFuture.completedFuture(config.history(namespace, request.getKey())),
                    client,
                    versions -> ConfigWire.history(versions, config.position(namespace).epoch())));
  }

  private Timestamp asOf() {
    return Wire.timestamp(asOf.instant());
  }
}
