// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.rpc.ErrorInfo;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import dev.rollcall.relay.v1.ReceiveResponse;
import dev.rollcall.relay.v1.RelayServiceGrpc;
import dev.rollcall.relay.v1.RelayServiceGrpc.RelayServiceBlockingStub;
import dev.rollcall.relay.v1.RelayServiceGrpc.RelayServiceStub;
import dev.rollcall.relay.v1.SendRequest;
import dev.rollcall.relay.v1.SendResponse;
import dev.rollcall.relay.v1.SendStreamRequest;
import dev.rollcall.relay.v1.SendStreamResponse;
import dev.rollcall.server.testing.RunningServer;
import dev.rollcall.server.testing.TestReceiver;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages by name, from a client through the registry to receivers, all on real sockets. */
final class RelayEndpointTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private static final String SECRET = "0123456789abcdefghijkl";

  @TempDir Path data;
  private final List<TestReceiver> receivers = new ArrayList<>();
  private RunningServer server;
  private RegistryServiceBlockingStub registry;
  private RelayServiceBlockingStub relay;

  @BeforeEach
  void start() throws IOException {
    server = new RunningServer(data);
    registry = server.stub();
    relay =
        RelayServiceGrpc.newBlockingStub(server.channel())
            .withMaxInboundMessageSize(2 << 20)
            .withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  @AfterEach
  void stop() {
    receivers.forEach(TestReceiver::close);
    server.close();
  }

  private TestReceiver receiver(String id) throws IOException {
    return receiver(id, 100);
  }

  private TestReceiver receiver(String id, int weight) throws IOException {
    TestReceiver receiver = new TestReceiver(id);
    receivers.add(receiver);
    list(id, receiver.address(), weight);
    return receiver;
  }

  private void list(String id, String address, int weight) {
    var request = RunningServer.request("chat", id).setLeaseId(SECRET);
    request.getInstanceBuilder().setAddress(address).setWeight(weight);
    var unused = registry.register(request.build());
  }

  private static SendRequest to(String service, String message) {
    return SendRequest.newBuilder().setSender("me").setTo(service).setMessage(message).build();
  }

  private static SendStreamRequest stream(String message) {
    return SendStreamRequest.newBuilder().setTo("chat").setMessage(message).build();
  }

  private String send(String message) {
    return relay.send(to("chat", message)).getMessage();
  }

  private StatusRuntimeException refused(Runnable call) {
    return catchThrowableOfType(StatusRuntimeException.class, call::run);
  }

  private static String reason(StatusRuntimeException error) throws IOException {
    return StatusProto.fromThrowable(error).getDetails(0).unpack(ErrorInfo.class).getReason();
  }

  @Test
  void send_reachesAReceiver_andBringsItsAnswer() throws IOException {
    receiver("a");
    assertThat(send("hello")).isEqualTo("a got hello from me");
    assertThat(send("again")).isEqualTo("a got again from me");
  }

  @Test
  void send_severalReceivers_sharesByWeight_noneToZero() throws IOException {
    receiver("a");
    receiver("b");
    TestReceiver never = receiver("c", 0);
    TreeSet<String> answered = new TreeSet<>();
    for (int i = 0; i < 40; i++) {
      answered.add(send("hello"));
    }
    assertThat(answered).containsExactly("a got hello from me", "b got hello from me");
    assertThat(never.got).isEmpty();
  }

  @Test
  void send_receiversStatus_comesBackAsItIs() throws IOException {
    receiver("a");
    StatusRuntimeException error = refused(() -> send("fail"));
    assertThat(error.getStatus().getCode()).isEqualTo(Code.OUT_OF_RANGE);
    assertThat(error.getStatus().getDescription()).isEqualTo("beyond a");
    Metadata.Key<byte[]> details =
        Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);
    assertThat(error.getTrailers().get(details)).containsExactly(8, 9);
  }

  @Test
  void send_unknownTarget_isNotFound() throws IOException {
    StatusRuntimeException error = refused(() -> relay.send(to("nobody", "hello")));
    assertThat(error.getStatus().getCode()).isEqualTo(Code.NOT_FOUND);
    assertThat(reason(error)).isEqualTo("SERVICE_UNKNOWN");
  }

  @Test
  void send_noneUsable_saysWhy() throws IOException {
    list("idle", "127.0.0.1:50051", 0);
    StatusRuntimeException error = refused(() -> send("hello"));
    assertThat(error.getStatus().getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(error.getStatus().getDescription())
        .isEqualTo("chat: 1 instance, 1 serving, all of weight 0");
    assertThat(reason(error)).isEqualTo("NOBODY_USABLE");
  }

  @Test
  void send_badFields_areAllNamed() {
    SendRequest bad =
        SendRequest.newBuilder()
            .setTo("No Name")
            .setSender("x".repeat(300))
            .setMessage("x".repeat((1 << 20) + 1))
            .build();
    StatusRuntimeException error = refused(() -> relay.send(bad));
    assertThat(error.getStatus().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(error.getStatus().getDescription()).contains("to: ", "from: ", "message: ");
  }

  @Test
  void send_deadReceiver_isReplacedByAnother() throws IOException {
    TestReceiver dead = receiver("a");
    receiver("b", 1);
    dead.close();
    for (int i = 0; i < 5; i++) {
      assertThat(send("hello")).isEqualTo("b got hello from me");
    }
  }

  @Test
  void send_nobodyReached_namesEachAndWhy() throws IOException {
    receiver("a").close();
    // the port of the server itself is never a target
    list("b", "127.0.0.1:" + server.port(), 100);
    StatusRuntimeException error = refused(() -> send("hello"));
    assertThat(error.getStatus().getCode()).isEqualTo(Code.UNAVAILABLE);
    assertThat(error.getStatus().getDescription())
        .startsWith("chat: 2 instances tried: ")
        .contains("connection refused", "target not allowed: port");
    assertThat(reason(error)).isEqualTo("RECEIVER_UNREACHABLE");
  }

  @Test
  void send_targetOutsideTheAllowedRanges_isNotConnectedTo() {
    list("far", "8.8.8.8:80", 100);
    StatusRuntimeException error = refused(() -> send("hello"));
    assertThat(error.getStatus().getDescription()).contains("target not allowed: 8.8.8.8");
  }

  @Test
  void send_receiverSaysUnavailable_anotherIsTried_andAtLastItsStatusComes() throws IOException {
    TestReceiver a = receiver("a");
    TestReceiver b = receiver("b");
    StatusRuntimeException error = refused(() -> send("away"));
    assertThat(error.getStatus().getDescription()).isEqualTo("not now");
    assertThat(a.got).hasSize(1);
    assertThat(b.got).hasSize(1);
  }

  @Test
  void send_deadline_isTheReceivers() throws Exception {
    TestReceiver slow = receiver("a");
    StatusRuntimeException error =
        refused(() -> relay.withDeadlineAfter(300, TimeUnit.MILLISECONDS).send(to("chat", "hang")));
    assertThat(error.getStatus().getCode()).isEqualTo(Code.DEADLINE_EXCEEDED);
    assertThat(slow.deadlines.poll(5, TimeUnit.SECONDS)).isBetween(1L, 300L);
    assertThat(slow.cancelled.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void send_callerLeaves_receiverIsStopped() throws Exception {
    TestReceiver slow = receiver("a");
    try (Context.CancellableContext context = Context.current().withCancellation()) {
      RelayServiceStub async = RelayServiceGrpc.newStub(server.channel());
      context.run(() -> async.send(to("chat", "hang"), ignored()));
      await().atMost(SOON).until(() -> !slow.got.isEmpty());
      context.cancel(null);
    }
    assertThat(slow.cancelled.await(5, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void send_slowReceiver_isWaitedFor() throws IOException {
    TestReceiver slow = receiver("a");
    var answer = RelayServiceGrpc.newFutureStub(server.channel()).send(to("chat", "hang"));
    await().atMost(SOON).until(() -> !slow.hanging.isEmpty());
    slow.hanging.get(0).onNext(ReceiveResponse.newBuilder().setMessage("at last").build());
    slow.hanging.get(0).onCompleted();
    await().atMost(SOON).until(answer::isDone);
    assertThat(answer)
        .succeedsWithin(SOON)
        .extracting(SendResponse::getMessage)
        .isEqualTo("at last");
  }

  @Test
  void send_oneMebibyte_goesBothWays_andNotAByteMore() throws IOException {
    TestReceiver a = receiver("a");
    String most = "m".repeat(1 << 20);
    assertThat(send("big " + (1 << 20))).hasSize(1 << 20);
    assertThat(refused(() -> send("big " + ((1 << 20) + 100))).getStatus().getCode())
        .isEqualTo(Code.RESOURCE_EXHAUSTED);
    a.got.clear();
    // the answer is more than the message, and so too much; what matters is what came
    StatusRuntimeException unused = refused(() -> send(most));
    assertThat(a.got.poll()).isEqualTo(most);
  }

  @Test
  void send_relayedMessage_isNotRelayedAgain() throws IOException {
    receiver("a");
    Metadata hop = new Metadata();
    hop.put(Metadata.Key.of("rollcall-hop", Metadata.ASCII_STRING_MARSHALLER), "1");
    var again = relay.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(hop));
    StatusRuntimeException error = refused(() -> again.send(to("chat", "hello")));
    assertThat(error.getStatus().getCode()).isEqualTo(Code.FAILED_PRECONDITION);
    assertThat(reason(error)).isEqualTo("RELAY_LOOP");
  }

  @Test
  void send_hundredUnderWay_theNextIsRefused_andOthersAreNot() throws IOException {
    TestReceiver slow = receiver("a");
    RelayServiceStub async = RelayServiceGrpc.newStub(server.channel());
    for (int i = 0; i < 100; i++) {
      async.send(to("chat", "hang"), ignored());
    }
    await().atMost(SOON).until(() -> slow.hanging.size() == 100);
    StatusRuntimeException error = refused(() -> send("hello"));
    assertThat(error.getStatus().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(reason(error)).isEqualTo("RELAY_BUSY");
    var other = RunningServer.request("other", "o");
    other.getInstanceBuilder().setAddress(slow.address());
    var unused = registry.register(other.build());
    assertThat(relay.send(to("other", "hello")).getMessage()).startsWith("a got hello");
    slow.hanging.get(0).onNext(ReceiveResponse.getDefaultInstance());
    slow.hanging.get(0).onCompleted();
    await().atMost(SOON).ignoreExceptions().until(() -> send("hello").startsWith("a got"));
  }

  @Test
  void stream_partsComeInOrder() throws IOException {
    receiver("a");
    List<String> parts = new ArrayList<>();
    relay.sendStream(stream("stream 500")).forEachRemaining(part -> parts.add(part.getMessage()));
    assertThat(parts).hasSize(500).startsWith("a 0", "a 1").endsWith("a 499");
  }

  @Test
  void stream_receiverKilledInTheMiddle_endsAndIsNotTriedElsewhere() throws IOException {
    TestReceiver a = receiver("a");
    TestReceiver b = receiver("b", 0);
    Iterator<SendStreamResponse> parts = relay.sendStream(stream("half"));
    assertThat(parts.next().getMessage()).isEqualTo("a begins");
    list("b", b.address(), 100);
    a.close();
    StatusRuntimeException error = refused(parts::hasNext);
    // what shutdownNow makes of it, or the end of the connection
    assertThat(error.getStatus().getCode()).isIn(Code.CANCELLED, Code.UNAVAILABLE);
    assertThat(b.got).isEmpty();
  }

  @Test
  void stream_callerThatDoesNotRead_stopsTheReceiver_andLeavingEndsIt() throws Exception {
    TestReceiver a = receiver("a");
    var call =
        server
            .channel()
            .newCall(RelayServiceGrpc.getSendStreamMethod(), io.grpc.CallOptions.DEFAULT);
    call.start(new ClientCall.Listener<>() {}, new Metadata());
    call.sendMessage(stream("endless"));
    call.halfClose();
    call.request(1);
    await().atMost(SOON).until(() -> a.parts > 0);
    // two windows of 1 MiB, the caller's and the registry's, and what waits to be written
    await().atMost(SOON).during(Duration.ofMillis(300)).until(() -> a.parts < 300);
    call.cancel("enough", null);
    assertThat(a.cancelled.await(5, TimeUnit.SECONDS)).isTrue();
  }

  private static <T> StreamObserver<T> ignored() {
    return new StreamObserver<>() {
      @Override
      public void onNext(T value) {}

      @Override
      public void onError(Throwable t) {}

      @Override
      public void onCompleted() {}
    };
  }
}
