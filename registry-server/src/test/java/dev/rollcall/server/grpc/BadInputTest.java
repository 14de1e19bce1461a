// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Duration;
import com.google.rpc.BadRequest;
import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.ListRequest;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad input gets a clear error, changes nothing, and leaves the connection usable. */
final class BadInputTest {
  @TempDir static Path data;
  private static RunningServer server;
  private static Channel channel;
  private static RegistryServiceBlockingStub stub;

  @BeforeAll
  static void start() throws IOException {
    server = new RunningServer(data);
    channel = server.channel();
    stub = RegistryServiceGrpc.newBlockingStub(channel);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @AfterEach
  void nothingWasWrittenAndTheConnectionWorks() {
    var status = stub.getStatus(GetStatusRequest.getDefaultInstance());
    assertThat(status.getRevision()).isZero();
    assertThat(status.getInstances()).isZero();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.rollcall.server.testing.BadInstances#all")
  void register_namesTheFieldAndTheLimit(
      String name, String mentions, Consumer<Instance.Builder> spoil) {
    Instance.Builder instance =
        Instance.newBuilder().setService("a").setId("x").setAddress("127.0.0.1:1");
    spoil.accept(instance);
    refused(
        () -> stub.register(RegisterRequest.newBuilder().setInstance(instance).build()), mentions);
  }

  static Stream<Arguments> calls() {
    return Stream.of(
        call("no instance", "instance.service", () -> stub.register(empty())),
        call("a short secret", "lease_id", () -> stub.register(withSecret("a".repeat(21)))),
        call("a long secret", "lease_id", () -> stub.register(withSecret("a".repeat(65)))),
        call("a secret with spaces", "lease_id", () -> stub.register(withSecret(" ".repeat(30)))),
        call("namespace UP", "namespace", () -> stub.register(inNamespace("UP"))),
        call("an internal namespace", "namespace", () -> stub.register(inNamespace("_rollcall"))),
        call("no beats", "1 to 1000", () -> stub.heartbeat(beats(0))),
        call("1,001 beats", "1001 entries", () -> stub.heartbeat(beats(1_001))),
        call("no service", "service", () -> stub.get(GetRequest.getDefaultInstance())),
        call("revision -1", "min_revision", () -> stub.get(atRevision(-1))),
        call("page -1", "page_size", () -> stub.list(page(-1))),
        call("page 1,001", "page_size", () -> stub.list(page(1_001))),
        call("257 services", "257 entries", () -> stub.watch(follow(257)).hasNext()),
        call("a bad name", "services[0]", () -> stub.watch(followOne("UP")).hasNext()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("calls")
  void otherCalls_nameTheFieldAndTheLimit(String name, String mentions, Runnable call) {
    refused(call, mentions);
  }

  @Test
  void secretsAreNeverShown() {
    String secret = "not-a-good-secret!";
    StatusRuntimeException e = refused(() -> stub.register(withSecret(secret)), "lease_id");
    assertThat(e.getMessage()).doesNotContain(secret);
  }

  @Test
  void malformedProtobufAndInvalidUtf8_areInvalidArguments() {
    byte[] truncated = {0x12, 0x7f, 0x01};
    byte[] notUtf8 = {0x0a, 0x02, (byte) 0xc3, 0x28};
    for (byte[] bytes : new byte[][] {truncated, notUtf8}) {
      StatusRuntimeException e = failure(() -> send(bytes));
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(e.getStatus().getDescription()).contains("Register");
    }
  }

  @Test
  void oversizedMessage_isResourceExhausted() {
    RegisterRequest.Builder huge = empty().toBuilder();
    huge.getInstanceBuilder().setVersion("v".repeat(5 << 20));
    StatusRuntimeException e = failure(() -> stub.register(huge.build()));
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
  }

  @Test
  void everythingWrong_isToldAtOnce() {
    Instance instance =
        Instance.newBuilder().setService("A").setAddress("x").setLeaseTtl(seconds(0)).build();
    StatusRuntimeException e =
        refused(
            () -> stub.register(RegisterRequest.newBuilder().setInstance(instance).build()),
            "instance.service");
    BadRequest fields = fields(e);
    assertThat(fields.getFieldViolationsList())
        .extracting(BadRequest.FieldViolation::getField)
        .containsExactly("instance.service", "instance.address", "instance.lease_ttl");
  }

  private static StatusRuntimeException refused(Runnable call, String mentions) {
    StatusRuntimeException e = failure(call);
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(e.getStatus().getDescription()).contains(mentions).contains("(expected: ");
    assertThat(fields(e).getFieldViolationsCount()).isPositive();
    return e;
  }

  private static StatusRuntimeException failure(Runnable call) {
    return catchThrowableOfType(StatusRuntimeException.class, call::run);
  }

  private static BadRequest fields(StatusRuntimeException e) {
    for (var detail : StatusProto.fromThrowable(e).getDetailsList()) {
      if (detail.is(BadRequest.class)) {
        try {
          return detail.unpack(BadRequest.class);
        } catch (IOException broken) {
          throw new UncheckedIOException(broken);
        }
      }
    }
    return BadRequest.getDefaultInstance();
  }

  private static void send(byte[] bytes) {
    var register = RegistryServiceGrpc.getRegisterMethod();
    MethodDescriptor<byte[], ?> raw =
        register.toBuilder(new Bytes(), register.getResponseMarshaller()).build();
    ClientCalls.blockingUnaryCall(channel, raw, CallOptions.DEFAULT, bytes);
  }

  private record Bytes() implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      throw new UnsupportedOperationException(StandardCharsets.UTF_8.name());
    }
  }

  private static Arguments call(String name, String mentions, Runnable call) {
    return Arguments.of(name, mentions, call);
  }

  private static Duration seconds(long seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }

  private static RegisterRequest empty() {
    return RegisterRequest.getDefaultInstance();
  }

  private static RegisterRequest withSecret(String secret) {
    return RunningServer.request("a", "x").setLeaseId(secret).build();
  }

  private static RegisterRequest inNamespace(String namespace) {
    return RunningServer.request("a", "x").setNamespace(namespace).build();
  }

  private static HeartbeatRequest beats(int count) {
    return HeartbeatRequest.newBuilder().addAllLeaseIds(Collections.nCopies(count, "x")).build();
  }

  private static GetRequest atRevision(long revision) {
    return GetRequest.newBuilder().setService("a").setMinRevision(revision).build();
  }

  private static ListRequest page(int size) {
    return ListRequest.newBuilder().setPageSize(size).build();
  }

  private static WatchRequest follow(int services) {
    WatchRequest.Builder request = WatchRequest.newBuilder();
    for (int i = 0; i < services; i++) {
      request.addServices("s" + i);
    }
    return request.build();
  }

  private static WatchRequest followOne(String service) {
    return WatchRequest.newBuilder().addServices(service).build();
  }
}
