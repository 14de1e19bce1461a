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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * HTTP and JSON into calls of the same rpcs that gRPC clients call: one set of rules, one way to
 * say no. The caller's address travels along, believed because only this process can call there.
 */
final class Gateway {
  private static final Metadata.Key<String> PEER =
      Metadata.Key.of("rollcall-peer", Metadata.ASCII_STRING_MARSHALLER);

  private static final String HEAD = "HEAD";

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

  private final Channel channel;
  private final List<Route> routes;

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
      if (fields != null && route.answers(verb)) {
        int most = LARGE.contains(route.template()) ? LARGE_BYTES : BODY_BYTES;
        http.future(() -> Body.read(http, most, body -> call(http, route, fields, body)));
        return;
      }
      if (fields != null) {
        verbs.add(route.verb());
        if (route.answers(HEAD)) {
          verbs.add(HEAD);
        }
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
    Message request =
        new JsonRequest(route)
            .body(body)
            .query(http.queryParamMap())
            .path(fields)
            .lease(http.header("Rollcall-Lease"))
            .build(prototype(route.rpc()));
    Channel as = as(http);
    // of a stream there is no head alone
    boolean events = EventStream.acceptsEvents(http) && !http.method().name().equals(HEAD);
    Live live = events ? Live.of(route.rpc()) : null;
    if (live != null) {
      Message stream = live.request(request);
      return EventStream.open(http, as, live.rpc(), stream, said -> Live.shown(request, said));
    }
    return route.streams()
        ? EventStream.open(http, as, route.rpc(), request, UnaryOperator.identity())
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
      Context http, Channel as, MethodDescriptor<Q, R> rpc, Message request) {
    // a message takes as long as its receiver; not for ever, since nobody tells that a client left
    boolean relayed = RelayServiceGrpc.SERVICE_NAME.equals(rpc.getServiceName());
    long seconds = relayed ? MESSAGE_SECONDS : DEADLINE_SECONDS;
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(seconds, TimeUnit.SECONDS);
    @SuppressWarnings("unchecked") // it was made from the rpc's prototype
    Q message = (Q) request;
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

  /** An empty request of an rpc. */
  static Message prototype(MethodDescriptor<?, ?> rpc) {
    if (rpc.getRequestMarshaller() instanceof MethodDescriptor.PrototypeMarshaller<?> marshaller
        && marshaller.getMessagePrototype() instanceof Message prototype) {
      return prototype;
    }
    throw new IllegalArgumentException(rpc.getFullMethodName() + " takes no proto");
  }
}
