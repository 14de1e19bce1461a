// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.relay.v1.ReceiveRequest;
import dev.rollcall.relay.v1.ReceiveResponse;
import dev.rollcall.relay.v1.ReceiveStreamRequest;
import dev.rollcall.relay.v1.ReceiveStreamResponse;
import dev.rollcall.relay.v1.ReceiverServiceGrpc;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A receiver on a real socket. What it does is the message's first word: {@code echo}, {@code
 * hang}, {@code fail}, {@code away}, {@code stream N}, {@code endless}, {@code big N}.
 */
public final class TestReceiver extends ReceiverServiceGrpc.ReceiverServiceImplBase
    implements AutoCloseable {
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private final String name;
  private final Server server;

  /** The messages that came. */
  public final BlockingQueue<String> got = new LinkedBlockingQueue<>();

  /** Calls that hang, to be answered by the test. */
  public final List<StreamObserver<ReceiveResponse>> hanging = new CopyOnWriteArrayList<>();

  /** Opens when a call was cancelled. */
  public final CountDownLatch cancelled = new CountDownLatch(1);

  /** The deadlines that the calls had, in milliseconds from then. */
  public final BlockingQueue<Long> deadlines = new LinkedBlockingQueue<>();

  /** How many parts of an endless answer were made. */
  public volatile int parts;

  /** Listens on a free port. */
  public TestReceiver(String name) throws IOException {
    this.name = name;
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .maxInboundMessageSize(2 << 20)
            .addService(this)
            .build()
            .start();
  }

  /** Where it listens. */
  public String address() {
    return "127.0.0.1:" + server.getPort();
  }

  private void note(String message) {
    got.add(message);
    if (Context.current().getDeadline() != null) {
      deadlines.add(Context.current().getDeadline().timeRemaining(TimeUnit.MILLISECONDS));
    }
    Context.current().addListener(context -> cancelled.countDown(), Runnable::run);
  }

  @Override
  public void receive(ReceiveRequest request, StreamObserver<ReceiveResponse> out) {
    note(request.getMessage());
    String[] words = request.getMessage().split(" ", 2);
    switch (words[0]) {
      case "hang" -> hanging.add(out);
      case "away" -> out.onError(Status.UNAVAILABLE.withDescription("not now").asException());
      case "fail" -> {
        Metadata trailers = new Metadata();
        trailers.put(DETAILS, new byte[] {8, 9});
        out.onError(
            Status.OUT_OF_RANGE.withDescription("beyond " + name).asRuntimeException(trailers));
      }
      case "big" -> answer(out, "x".repeat(Integer.parseInt(words[1])));
      default ->
          answer(out, name + " got " + request.getMessage() + " from " + request.getSender());
    }
  }

  private static void answer(StreamObserver<ReceiveResponse> out, String text) {
    out.onNext(ReceiveResponse.newBuilder().setMessage(text).build());
    out.onCompleted();
  }

  @Override
  public void receiveStream(
      ReceiveStreamRequest request, StreamObserver<ReceiveStreamResponse> out) {
    note(request.getMessage());
    var client = (ServerCallStreamObserver<ReceiveStreamResponse>) out;
    String[] words = request.getMessage().split(" ", 2);
    switch (words[0]) {
      case "stream" -> {
        for (int i = 0; i < Integer.parseInt(words[1]); i++) {
          client.onNext(part(name + " " + i));
        }
        client.onCompleted();
      }
      case "endless" -> {
        client.setOnCancelHandler(() -> {});
        client.setOnReadyHandler(() -> fill(client));
      }
      case "half" -> client.onNext(part(name + " begins"));
      default -> client.onError(Status.UNAVAILABLE.withDescription("not now").asException());
    }
  }

  private void fill(ServerCallStreamObserver<ReceiveStreamResponse> client) {
    while (client.isReady() && !client.isCancelled()) {
      client.onNext(part("x".repeat(16_000)));
      parts++;
    }
  }

  private static ReceiveStreamResponse part(String text) {
    return ReceiveStreamResponse.newBuilder().setMessage(text).build();
  }

  /** Gone from one moment to the next. */
  @Override
  public void close() {
    server.shutdownNow();
  }
}
