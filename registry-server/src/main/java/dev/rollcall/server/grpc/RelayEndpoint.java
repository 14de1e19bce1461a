// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.relay.v1.RelayServiceGrpc;
import dev.rollcall.relay.v1.SendRequest;
import dev.rollcall.relay.v1.SendResponse;
import dev.rollcall.relay.v1.SendStreamRequest;
import dev.rollcall.relay.v1.SendStreamResponse;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.relay.Message;
import dev.rollcall.server.relay.Relay;
import dev.rollcall.server.relay.Sender;
import dev.rollcall.server.telemetry.Meters;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.function.Function;

/** RelayService: messages in, the receiver's answer out. Runs on gRPC's event loop. */
final class RelayEndpoint extends RelayServiceGrpc.RelayServiceImplBase {
  private static final Context.Key<Boolean> HOPPED =
      Context.keyWithDefault("rollcall-hopped", false);

  private final Relay relay;
  private final Meters meters;

  private RelayEndpoint(Relay relay, Meters meters) {
    this.relay = relay;
    this.meters = meters;
  }

  static ServerServiceDefinition service(Relay relay, Meters meters) {
    return RawService.of(
        ServerInterceptors.intercept(new RelayEndpoint(relay, meters).bindService(), new Hops()));
  }

  /** How a message ended, for {@link Meters}. */
  private enum Ending {
    /** The whole answer was passed on. */
    ANSWERED,
    /** It was not taken, or nobody could be reached. */
    REFUSED,
    /** The receiver said so. */
    FAILED,
    /** The sender left. */
    CANCELLED
  }

  @Override
  public void send(SendRequest request, StreamObserver<SendResponse> client) {
    pass(
        RelayWire.message(request, HOPPED.get()),
        client,
        text -> SendResponse.newBuilder().setMessage(text).build());
  }

  @Override
  public void sendStream(SendStreamRequest request, StreamObserver<SendStreamResponse> client) {
    pass(
        RelayWire.message(request, HOPPED.get()),
        client,
        text -> SendStreamResponse.newBuilder().setMessage(text).build());
  }

  private <R> void pass(Message message, StreamObserver<R> client, Function<String, R> part) {
    Rejection wrong = RelayWire.rejection(message);
    if (wrong != null) {
      client.onError(Errors.status(wrong));
      return;
    }
    var calling = (ServerCallStreamObserver<R>) client;
    // who left is not told; the context ends what is under way
    calling.setOnCancelHandler(() -> meters.relayed(Ending.CANCELLED));
    var passing = relay.pass(message, new Calling<>(calling, part, meters));
    calling.setOnReadyHandler(passing::more);
  }

  /** The answer goes to the caller as fast as it takes it. */
  private record Calling<R>(
      ServerCallStreamObserver<R> client, Function<String, R> part, Meters meters)
      implements Sender {
    @Override
    public boolean ready() {
      return client.isReady();
    }

    @Override
    public void part(String text) {
      client.onNext(part.apply(text));
    }

    @Override
    public void completed() {
      client.onCompleted();
      meters.relayed(Ending.ANSWERED);
    }

    @Override
    public void refused(Rejection why) {
      client.onError(Errors.status(why));
      meters.relayed(Ending.REFUSED);
    }

    @Override
    public void failed(Status status, Metadata trailers) {
      client.onError(RelayWire.status(status, trailers));
      meters.relayed(Ending.FAILED);
    }
  }

  /** Remembers whether a message was relayed before. */
  private static final class Hops implements ServerInterceptor {
    private static final Metadata.Key<String> HOP =
        Metadata.Key.of(Relay.HOP_HEADER, Metadata.ASCII_STRING_MARSHALLER);

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      return Contexts.interceptCall(
          Context.current().withValue(HOPPED, headers.containsKey(HOP)), call, headers, next);
    }
  }
}
