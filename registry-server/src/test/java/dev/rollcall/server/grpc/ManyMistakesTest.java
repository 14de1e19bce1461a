// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.rpc.BadRequest;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.ListEventsRequest;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.server.testing.RunningServer;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a request holds, its refusal fits into the 8 KiB of trailers that clients take. */
final class ManyMistakesTest {
  /** Escaped in an error, six or seven characters for each. */
  private static final String EMOJI = "\ud83d\ude00\u043a\u0443".repeat(30);

  @TempDir static Path data;
  private static RunningServer server;
  private static RegistryServiceBlockingStub stub;

  @BeforeAll
  static void start() throws IOException {
    server = new RunningServer(data);
    stub = server.stub();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  static Stream<Arguments> calls() {
    Instance.Builder requires = instance().addAllRequires(Collections.nCopies(64, EMOJI));
    Instance.Builder keys = instance();
    Instance.Builder percents = instance();
    for (int i = 0; i < 64; i++) {
      keys.putEndpoints(EMOJI + i, EMOJI).putMetadata(EMOJI + i, "v");
      // these gRPC itself sends as three characters
      percents.putEndpoints("%".repeat(120) + i, "%".repeat(200));
    }
    WatchRequest names =
        WatchRequest.newBuilder().addAllServices(Collections.nCopies(256, EMOJI)).build();
    ListEventsRequest causes =
        ListEventsRequest.newBuilder().addAllCausesValue(Collections.nCopies(9_000, -7)).build();
    return Stream.of(
        call("64 requirements", "instance.requires[0]", () -> stub.register(listing(requires))),
        call("128 map keys", "instance.endpoints[", () -> stub.register(listing(keys))),
        call("percent signs", "instance.endpoints[", () -> stub.register(listing(percents))),
        call("256 followed names", "services[0]", () -> stub.watch(names).hasNext()),
        call("9,000 causes", "causes[0]", () -> stub.listEvents(causes)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("calls")
  void theFirstAreTold_andHowManyMore(String name, String mentions, Runnable call)
      throws IOException {
    StatusRuntimeException e = catchThrowableOfType(StatusRuntimeException.class, call::run);
    assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    String message = String.valueOf(e.getStatus().getDescription());
    assertThat(message).contains(mentions, "(expected: ").containsPattern("; and \\d+ more$");
    BadRequest fields = StatusProto.fromThrowable(e).getDetails(1).unpack(BadRequest.class);
    assertThat(fields.getFieldViolationsCount()).isBetween(2, 10);
    assertThat(message.length() + fields.getSerializedSize()).isLessThan(3 << 10);
  }

  private static Arguments call(String name, String mentions, Runnable call) {
    return Arguments.of(name, mentions, call);
  }

  private static Instance.Builder instance() {
    return Instance.newBuilder().setService("a").setAddress("127.0.0.1:1");
  }

  private static RegisterRequest listing(Instance.Builder instance) {
    return RegisterRequest.newBuilder().setInstance(instance).build();
  }
}
