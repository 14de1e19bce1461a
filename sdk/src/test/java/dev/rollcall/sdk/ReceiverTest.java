// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.rollcall.relay.v1.ReceiveRequest;
import dev.rollcall.relay.v1.ReceiveStreamRequest;
import dev.rollcall.relay.v1.ReceiveStreamResponse;
import dev.rollcall.relay.v1.ReceiverServiceGrpc;
import dev.rollcall.relay.v1.RelayServiceGrpc;
import dev.rollcall.relay.v1.SendRequest;
import dev.rollcall.relay.v1.SendResponse;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A receiver at a real port, a relay that only notes what it is sent, and a client of it. */
final class ReceiverTest {
  private static final Duration SOON = Duration.ofSeconds(15);
  private static final Metadata.Key<String> HOP =
      Metadata.Key.of("rollcall-hop", Metadata.ASCII_STRING_MARSHALLER);

  private final List<SendRequest> relayed = new CopyOnWriteArrayList<>();
  private final List<Boolean> hopped = new CopyOnWriteArrayList<>();
  private final AtomicInteger made = new AtomicInteger();
  private final List<Status.Code> ended = new CopyOnWriteArrayList<>();
  private Server relay;
  private Server server;
  private ManagedChannel channel;
  private Rollcall rollcall;

  @BeforeEach
  void start() throws IOException {
    relay =
        ServerBuilder.forPort(0)
            .addService(ServerInterceptors.intercept(new NotingRelay(), new NotingHops()))
            .build()
            .start();
    rollcall = Rollcall.builder().registry("127.0.0.1:" + relay.getPort()).connect();
    server = ServerBuilder.forPort(0).addService(new Answering()).build().start();
    channel =
        ManagedChannelBuilder.forAddress("127.0.0.1", server.getPort()).usePlaintext().build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    rollcall.close();
    server.shutdownNow();
    relay.shutdownNow();
  }

  private final class NotingRelay extends RelayServiceGrpc.RelayServiceImplBase {
    @Override
    public void send(SendRequest request, StreamObserver<SendResponse> client) {
      relayed.add(request);
      client.onNext(SendResponse.newBuilder().setMessage("passed on").build());
      client.onCompleted();
    }
  }

  private final class NotingHops implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      hopped.add(headers.containsKey(HOP));
      return next.startCall(call, headers);
    }
  }

  private final class Answering extends Receiver {
    @Override
    protected String receive(String from, String message) {
      return switch (message) {
        case "fail" -> throw Status.OUT_OF_RANGE.withDescription("too far").asRuntimeException();
        case "break" -> throw new IllegalStateException("secret");
        case "ask" -> rollcall.send("other", "and you?", SOON);
        default -> from + " said " + message;
      };
    }

    @Override
    protected void receive(String from, String message, Consumer<String> out) {
      if (!message.equals("endless")) {
        super.receive(from, message, out);
        return;
      }
      try {
        while (true) {
          out.accept("x".repeat(16_000));
          made.incrementAndGet();
        }
      } catch (StatusRuntimeException e) {
        ended.add(e.getStatus().getCode());
        throw e;
      }
    }
  }

  private String send(String message) {
    return ReceiverServiceGrpc.newBlockingStub(channel)
        .receive(ReceiveRequest.newBuilder().setSender("me").setMessage(message).build())
        .getMessage();
  }

  private Status failure(String message) {
    return catchThrowableOfType(StatusRuntimeException.class, () -> send(message)).getStatus();
  }

  @Test
  void receive_answersWhatTheMethodReturns() {
    assertThat(send("hello")).isEqualTo("me said hello");
  }

  @Test
  void receive_statusIsPassedOn_anyOtherFailureIsKeptPrivate() {
    assertThat(failure("fail").getCode()).isEqualTo(Status.Code.OUT_OF_RANGE);
    assertThat(failure("fail").getDescription()).isEqualTo("too far");
    assertThat(failure("break").getCode()).isEqualTo(Status.Code.INTERNAL);
    assertThat(failure("break").getDescription()).doesNotContain("secret");
  }

  @Test
  void receiveStream_byDefault_isOnePart() {
    List<String> parts = new ArrayList<>();
    ReceiverServiceGrpc.newBlockingStub(channel)
        .receiveStream(ReceiveStreamRequest.newBuilder().setMessage("hello").build())
        .forEachRemaining(part -> parts.add(part.getMessage()));
    assertThat(parts).containsExactly(" said hello");
  }

  @Test
  void receiveStream_waitsForTheSender_andEndsWhenItLeaves() {
    ClientCall<ReceiveStreamRequest, ReceiveStreamResponse> call =
        channel.newCall(ReceiverServiceGrpc.getReceiveStreamMethod(), CallOptions.DEFAULT);
    call.start(new ClientCall.Listener<>() {}, new Metadata());
    call.sendMessage(ReceiveStreamRequest.newBuilder().setMessage("endless").build());
    call.halfClose();
    call.request(1);
    await().atMost(SOON).until(() -> made.get() > 0);
    // a window of 1 MiB and what waits to be written
    await().atMost(SOON).during(Duration.ofMillis(200)).until(() -> made.get() < 150);
    call.cancel("enough", null);
    await().atMost(SOON).until(() -> ended.equals(List.of(Status.Code.CANCELLED)));
  }

  @Test
  void send_goesToTheRegistry_asItIs() {
    assertThat(rollcall.send("other", "hello", SOON)).isEqualTo("passed on");
    assertThat(relayed.get(0).getTo()).isEqualTo("other");
    assertThat(relayed.get(0).getMessage()).isEqualTo("hello");
    assertThat(hopped).containsExactly(false);
  }

  @Test
  void send_whileAnsweringARelayedMessage_saysSo() {
    Metadata hop = new Metadata();
    hop.put(HOP, "1");
    var again =
        ReceiverServiceGrpc.newBlockingStub(channel)
            .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(hop));
    assertThat(again.receive(ReceiveRequest.newBuilder().setMessage("ask").build()).getMessage())
        .isEqualTo("passed on");
    assertThat(hopped).containsExactly(true);
  }
}
