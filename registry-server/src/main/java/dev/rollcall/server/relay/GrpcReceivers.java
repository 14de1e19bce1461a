// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

import dev.rollcall.relay.v1.ReceiveRequest;
import dev.rollcall.relay.v1.ReceiveResponse;
import dev.rollcall.relay.v1.ReceiveStreamRequest;
import dev.rollcall.relay.v1.ReceiveStreamResponse;
import dev.rollcall.relay.v1.ReceiverServiceGrpc;
import dev.rollcall.server.probe.Target;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/** Hands messages to ReceiverService. */
final class GrpcReceivers {
  private static final Metadata.Key<String> HOP =
      Metadata.Key.of(Relay.HOP_HEADER, Metadata.ASCII_STRING_MARSHALLER);

  private final Connections connections;

  GrpcReceivers(Connections connections) {
    this.connections = connections;
  }

  /** Begins; the current context's cancellation holds. */
  Attempt hand(Message message, Target target, Deadline deadline, Attempt.Listener listener) {
    if (message.inParts()) {
      return start(
          ReceiverServiceGrpc.getReceiveStreamMethod(),
          ReceiveStreamRequest.newBuilder()
              .setSender(message.from())
              .setMessage(message.text())
              .build(),
          ReceiveStreamResponse::getMessage,
          new To(target, deadline, listener));
    }
    return start(
        ReceiverServiceGrpc.getReceiveMethod(),
        ReceiveRequest.newBuilder().setSender(message.from()).setMessage(message.text()).build(),
        ReceiveResponse::getMessage,
        new To(target, deadline, listener));
  }

  private record To(Target target, Deadline deadline, Attempt.Listener listener) {}

  private <Q, R> Attempt start(
      MethodDescriptor<Q, R> method, Q request, Function<R, String> text, To to) {
    Connections.Connection connection = connections.to(to.target());
    ClientCall<Q, R> call =
        connection.channel.newCall(method, CallOptions.DEFAULT.withDeadline(to.deadline()));
    var answer = new Answer<>(call, connection, text, to.listener());
    Metadata headers = new Metadata();
    headers.put(HOP, "1");
    call.start(answer, headers);
    // a unary call needs the second one for the end of the answer
    call.request(method.getType().serverSendsOneMessage() ? 2 : 1);
    call.sendMessage(request);
    call.halfClose();
    return answer;
  }

  /** The receiver is asked for the next part when the sender takes it, and no sooner. */
  private static final class Answer<Q, R> extends ClientCall.Listener<R> implements Attempt {
    private final ClientCall<Q, R> call;
    private final Connections.Connection connection;
    private final Function<R, String> text;
    private final Attempt.Listener listener;
    private final AtomicBoolean paused = new AtomicBoolean();
    private boolean began;

    Answer(
        ClientCall<Q, R> call,
        Connections.Connection connection,
        Function<R, String> text,
        Attempt.Listener listener) {
      this.call = call;
      this.connection = connection;
      this.text = text;
      this.listener = listener;
    }

    @Override
    public void onHeaders(Metadata headers) {
      began = true;
    }

    @Override
    public void onMessage(R message) {
      began = true;
      listener.part(text.apply(message));
      paused.set(true);
      if (listener.ready()) {
        more();
      }
    }

    @Override
    public void more() {
      if (paused.compareAndSet(true, false)) {
        call.request(1);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      String trouble = began ? "" : Trouble.of(status);
      connection.release(!trouble.isEmpty());
      listener.ended(new End(status, trailers, began, trouble));
    }
  }
}
