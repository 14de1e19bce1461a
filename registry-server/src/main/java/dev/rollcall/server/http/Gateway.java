// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.rollcall.relay.v1.RelayServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.javalin.http.Context;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * HTTP and JSON into calls of the same rpcs that gRPC clients call: one set of rules, one way to
 * say no. The caller's address travels along, believed because only this process can call there.
 */
final class Gateway {
  private static final Metadata.Key<String> PEER =
      Metadata.Key.of("rollcall-peer", Metadata.ASCII_STRING_MARSHALLER);

  /** Set by who relays a message: one that was relayed is not relayed again. */
  private static final String HOP = "rollcall-hop";

  private static final int BODY_BYTES = 256 << 10;

  /** A text of 1 MiB still fits when JSON has escaped it. */
  private static final int LARGE_BYTES = 4 << 20;

  private static final Set<String> LARGE =
      Set.of("/v1/forward", "/v1/forward:stream", "/v1/config/{key=**}");

  private static final long DEADLINE_SECONDS = 20;
  private static final long MESSAGE_SECONDS = 120;
  private static final JsonFormat.Printer PRETTY = JsonFormat.printer();

  /** What a client that accepts server-sent events gets instead of one answer. */
  private static final Map<String, Live> LIVE =
      Map.of(
          "rollcall.registry.v1.RegistryService/List",
          new Live("/v1/watch", Map.of(), Map.of()),
          "rollcall.registry.v1.RegistryService/Get",
          new Live("/v1/watch", Map.of("service", "services"), Map.of()),
          "rollcall.registry.v1.RegistryService/GetGraph",
          new Live("/v1/watch", Map.of(), Map.of("allStatuses", List.of("true"))),
          "rollcall.registry.v1.RegistryService/ListEvents",
          new Live(
              "/v1/watch", Map.of("service", "services"), Map.of("allStatuses", List.of("true"))),
          "rollcall.config.v1.ConfigService/List",
          new Live("/v1/config:watch", Map.of("prefix", "prefix"), Map.of()),
          "rollcall.relay.v1.RelayService/Send",
          new Live("/v1/forward:stream", Map.of(), Map.of()));

  private final Channel channel;
  private final List<Route> routes;

  /**
   * A stream in place of an answer.
   *
   * @param template of the stream's route
   * @param renamed fields of the answer's request, and what the stream calls them
   * @param added what else the stream is asked
   */
  private record Live(
      String template, Map<String, String> renamed, Map<String, List<String>> added) {
    Route route(List<Route> routes) {
      return routes.stream().filter(r -> r.template().equals(template)).findFirst().orElseThrow();
    }

    JsonRequest request(List<Route> routes, Context http, Map<String, String> fields, String body) {
      Map<String, List<String>> query = new LinkedHashMap<>(added);
      http.queryParamMap()
          .forEach((name, values) -> query.put(renamed.getOrDefault(name, name), values));
      fields.forEach((name, value) -> query.put(renamed.getOrDefault(name, name), List.of(value)));
      return new JsonRequest(route(routes))
          .body(body)
          .query(query)
          .after(http.header("Last-Event-ID"));
    }
  }

  Gateway(Channel channel, List<Route> routes) {
    this.channel = channel;
    this.routes = routes;
  }

  /** Answers one request. */
  void handle(Context http) {
    TreeSet<String> verbs = new TreeSet<>();
    String verb = http.method().name();
    for (Route route : routes) {
      Map<String, String> fields = route.match(http.path());
      if (fields != null && route.verb().equals(verb)) {
        int most = LARGE.contains(route.template()) ? LARGE_BYTES : BODY_BYTES;
        http.future(() -> Body.of(http, most).thenCompose(body -> call(http, route, fields, body)));
        return;
      }
      if (fields != null) {
        verbs.add(route.verb());
      }
    }
    if (verbs.isEmpty()) {
      throw JsonError.of(
          404,
          "NO_SUCH_PATH",
          "%s is not known (expected: one of those in /openapi.json)".formatted(http.path()));
    }
    http.header("Allow", String.join(", ", verbs));
    throw JsonError.of(
        405,
        "METHOD_NOT_ALLOWED",
        "%s %s (expected: %s)".formatted(verb, http.path(), String.join(" or ", verbs)));
  }

  private CompletableFuture<Void> call(
      Context http, Route route, Map<String, String> fields, String body) {
    JsonRequest request =
        new JsonRequest(route)
            .body(body)
            .query(http.queryParamMap())
            .path(fields)
            .lease(http.header("Rollcall-Lease"))
            .after(http.header("Last-Event-ID"));
    Channel as = as(http);
    Live live = EventStream.acceptsEvents(http) ? LIVE.get(route.rpc().getFullMethodName()) : null;
    if (live != null) {
      JsonRequest asked = live.request(routes, http, fields, body);
      return EventStream.open(http, as, live.route(routes), asked);
    }
    return route.streams()
        ? EventStream.open(http, as, route, request)
        : unary(http, as, route.rpc(), request);
  }

  private Channel as(Context http) {
    Metadata headers = new Metadata();
    headers.put(PEER, http.req().getRemoteAddr() + ":" + http.req().getRemotePort());
    if (http.header(HOP) != null) {
      headers.put(Metadata.Key.of(HOP, Metadata.ASCII_STRING_MARSHALLER), "1");
    }
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static <Q, R> CompletableFuture<Void> unary(
      Context http, Channel as, MethodDescriptor<Q, R> rpc, JsonRequest request) {
    // a message takes as long as its receiver; not for ever, since nobody tells that a client left
    boolean relayed = RelayServiceGrpc.SERVICE_NAME.equals(rpc.getServiceName());
    long seconds = relayed ? MESSAGE_SECONDS : DEADLINE_SECONDS;
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(seconds, TimeUnit.SECONDS);
    Q message = message(rpc, request);
    CompletableFuture<String> answer = new CompletableFuture<>();
    Futures.addCallback(
        ClientCalls.futureUnaryCall(as.newCall(rpc, options), message),
        new FutureCallback<R>() {
          @Override
          public void onSuccess(R result) {
            try {
              answer.complete(PRETTY.print((Message) result) + "\n");
            } catch (InvalidProtocolBufferException e) {
              answer.completeExceptionally(e);
            }
          }

          @Override
          public void onFailure(Throwable failure) {
            answer.completeExceptionally(JsonError.of(failure));
          }
        },
        MoreExecutors.directExecutor());
    return answer.thenAccept(json -> http.contentType("application/json").result(json));
  }

  /** The request's message, of the type that the rpc takes. */
  @SuppressWarnings("unchecked")
  static <Q> Q message(MethodDescriptor<Q, ?> rpc, JsonRequest request) {
    if (rpc.getRequestMarshaller() instanceof MethodDescriptor.PrototypeMarshaller<Q> marshaller
        && marshaller.getMessagePrototype() instanceof Message prototype) {
      return (Q) request.build(prototype);
    }
    throw new IllegalArgumentException(rpc.getFullMethodName() + " takes no proto");
  }
}
