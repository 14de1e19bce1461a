// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.javalin.http.Context;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Who is listed, as Prometheus' HTTP service discovery reads it: the whole list each time, in every
 * status, since whether a target is well is for the scrape to find out. Where what was lost may
 * still come back the answer is an error, on which Prometheus keeps the targets that it has.
 */
final class Targets {
  /** The endpoint that is scraped unless the query names another. */
  static final String ENDPOINT = "metrics";

  private static final Set<String> PARAMETERS = Set.of("namespace", "service", "endpoint");

  private final Channel channel;

  Targets(Channel channel) {
    this.channel = channel;
  }

  /** Answers one request. */
  void handle(Context http) {
    Map<String, List<String>> query = http.queryParamMap();
    for (String name : query.keySet()) {
      if (!PARAMETERS.contains(name)) {
        throw JsonError.of(
            400,
            "UNKNOWN_PARAMETER",
            "query parameter %s is not known (expected: one of namespace, service, endpoint)"
                .formatted(name));
      }
    }
    String namespace = query.getOrDefault("namespace", List.of("")).get(0);
    String endpoint = query.getOrDefault("endpoint", List.of(ENDPOINT)).get(0);
    WatchRequest all =
        WatchRequest.newBuilder()
            .setNamespace(namespace)
            .addAllServices(query.getOrDefault("service", List.of()))
            .setAllStatuses(true)
            .build();
    Listing listing = new Listing(namespace.isEmpty() ? "default" : namespace, endpoint);
    http.future(
        () -> {
          RegistryServiceGrpc.newStub(channel).watch(all, listing);
          return listing.done.thenAccept(
              targets -> http.contentType("application/json").result(targets + "\n"));
        });
  }

  /** What the first state of a watch comes to. */
  private static final class Listing
      implements ClientResponseObserver<WatchRequest, WatchResponse> {
    private final CompletableFuture<JsonArray> done = new CompletableFuture<>();
    private final JsonArray targets = new JsonArray();
    private final String namespace;
    private final String endpoint;
    private @Nullable ClientCallStreamObserver<WatchRequest> call;

    private Listing(String namespace, String endpoint) {
      this.namespace = namespace;
      this.endpoint = endpoint;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchRequest> started) {
      call = started;
    }

    @Override
    public void onNext(WatchResponse part) {
      if (part.getRecovering()) {
        end(JsonError.of(503, "RECOVERING", "the store is being refilled; keep what you have"));
        return;
      }
      part.getChangesList().forEach(change -> add(change.getUpsert()));
      if (!part.getMore()) {
        end(null);
      }
    }

    private void end(@Nullable JsonError why) {
      if (why == null) {
        done.complete(targets);
      } else {
        done.completeExceptionally(why);
      }
      if (call != null) {
        call.cancel("one state is enough", null);
      }
    }

    private void add(Instance instance) {
      String address =
          endpoint.isEmpty() ? instance.getAddress() : instance.getEndpointsMap().get(endpoint);
      if (address != null) {
        JsonArray addresses = new JsonArray();
        addresses.add(address);
        JsonObject target = new JsonObject();
        target.add("targets", addresses);
        target.add("labels", labels(instance));
        targets.add(target);
      }
    }

    private JsonObject labels(Instance instance) {
      JsonObject labels = new JsonObject();
      labels.addProperty("namespace_name", namespace);
      labels.addProperty("service_name", instance.getService());
      labels.addProperty("instance_id", instance.getId());
      // for relabelling; Prometheus drops what begins with __ afterwards
      labels.addProperty(
          "__meta_rollcall_status",
          instance.getStatus().name().substring("INSTANCE_STATUS_".length()));
      labels.addProperty("__meta_rollcall_address", instance.getAddress());
      labels.addProperty("__meta_rollcall_version", instance.getVersion());
      labels.addProperty("__meta_rollcall_zone", instance.getZone());
      instance
          .getMetadataMap()
          .forEach(
              (name, value) ->
                  labels.addProperty(
                      "__meta_rollcall_metadata_" + name.replaceAll("[^a-zA-Z0-9_]", "_"), value));
      return labels;
    }

    @Override
    public void onError(Throwable failure) {
      done.completeExceptionally(JsonError.of(failure));
    }

    @Override
    public void onCompleted() {
      done.complete(targets);
    }
  }
}
