// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import static dev.rollcall.server.testing.Samples.registration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.HealthCheck.Grpc;
import dev.rollcall.server.catalog.HealthCheck.Http;
import dev.rollcall.server.catalog.HealthCheck.Tcp;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.loop.ThreadLoop;
import dev.rollcall.server.telemetry.Meters;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each kind of probe against each kind of server, over sockets on loopback. */
final class NetworkProbeTest {
  private static final String NS = "default";
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration TIMEOUT = Duration.ofMillis(300);
  private static final Duration PATIENT = Duration.ofSeconds(10);
  private static final Http GET = new Http("/", "", false);
  private static final Http GET_TLS = new Http("/", "", true);
  private static final Tcp CONNECT = new Tcp("");

  @TempDir static Path directory;
  private static TlsMaterial tls;

  private final ThreadLoop loop = new ThreadLoop("probe-test");
  private final AtomicReference<List<InetAddress>> resolved = new AtomicReference<>(List.of());
  private @Nullable Prober prober;

  @BeforeAll
  static void makeCertificate() throws IOException, InterruptedException, GeneralSecurityException {
    tls = new TlsMaterial(directory, "ip:127.0.0.1,dns:shop.local");
  }

  @AfterEach
  void close() {
    if (prober != null) {
      prober.close();
    }
    loop.close();
  }

  private String probe(HealthCheck.Question question, String address) {
    return probe(question, address, PATIENT, null);
  }

  private String probe(
      HealthCheck.Question question,
      String address,
      Duration timeout,
      TrustManager @Nullable [] trust) {
    if (prober != null) {
      prober.close();
    }
    ProbeTargets targets =
        new ProbeTargets(
            new ProbeTargets.Rules(ProbeTargets.LOOPBACK, List.of(), Set.of(), port -> false),
            name -> resolved.get());
    Asker asker = new NetworkAsker(targets, 4, trust, task -> daemon(task));
    Prober fresh = new Prober(loop, InstantSource.system(), asker, new Said(), new Meters());
    prober = fresh;
    HealthCheck check = Targets.check(question, HOUR, timeout);
    fresh.mind(NS, registration(Targets.instance("a", address, check), "s", Status.STARTING).at(1));
    InstanceKey key = new InstanceKey("shop", "a");
    await()
        .pollInterval(Duration.ofMillis(5))
        .atMost(PATIENT)
        .until(() -> !fresh.results(NS, key).isEmpty());
    ProbeResult result = fresh.results(NS, key).get(0);
    return (result.passed() ? "passed: " : "") + result.detail();
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "probe-test");
    thread.setDaemon(true);
    return thread;
  }

  private static String nobody() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return "127.0.0.1:" + socket.getLocalPort();
    }
  }

  @Test
  void tcp_listening_passes() throws IOException {
    try (Listener listener = new Listener(Listener.silent())) {
      assertThat(probe(CONNECT, listener.address())).isEqualTo("passed: connected");
    }
  }

  @Test
  void anyKind_nobodyThere_isRefused() throws IOException {
    String nobody = nobody();
    assertThat(probe(CONNECT, nobody)).isEqualTo("connection refused");
    assertThat(probe(GET, nobody)).isEqualTo("connection refused");
    assertThat(probe(GET_TLS, nobody)).isEqualTo("connection refused");
    assertThat(probe(new Grpc("", false), nobody)).isEqualTo("connection refused");
    assertThat(probe(new Grpc("", true), nobody)).isEqualTo("connection refused");
  }

  @Test
  void anyKind_resetAfterAccept_isReset() throws IOException {
    try (Listener listener = new Listener(Listener.resetting())) {
      assertThat(probe(GET, listener.address())).isEqualTo("connection reset");
      assertThat(probe(GET_TLS, listener.address())).isEqualTo("connection reset");
      assertThat(probe(new Grpc("", false), listener.address()))
          .isIn("connection reset", "connection closed before an answer");
    }
  }

  @Test
  void anyKind_acceptsAndNeverAnswers_timesOut() throws IOException {
    try (Listener listener = new Listener(Listener.silent())) {
      assertThat(probe(GET, listener.address(), TIMEOUT, null))
          .isEqualTo("timed out after 300 ms while waiting for an answer");
      assertThat(probe(GET_TLS, listener.address(), TIMEOUT, null))
          .isEqualTo("timed out after 300 ms while shaking hands");
      assertThat(probe(new Grpc("", false), listener.address(), TIMEOUT, null))
          .isEqualTo("timed out after 300 ms while connecting");
    }
  }

  @Test
  void http_trickle_endsAtTheTotalDeadline() throws IOException {
    try (Listener listener = new Listener(Listener.trickling("HTTP/1.1 200 OK\r\n"))) {
      assertThat(probe(GET, listener.address(), TIMEOUT, null))
          .isEqualTo("timed out after 300 ms while waiting for an answer");
    }
  }

  @Test
  void http_answers() throws IOException {
    assertThat(answer("HTTP/1.1 200 OK\r\n\r\n")).isEqualTo("passed: HTTP 200");
    assertThat(answer("HTTP/1.1 503 Busy\r\n\r\n")).isEqualTo("HTTP 503");
    assertThat(answer("220 mail.example ESMTP\r\n")).isEqualTo("not HTTP");
    assertThat(answer("x".repeat(10_000))).isEqualTo("not HTTP");
    assertThat(answer("HTTP/1.1 " + "2".repeat(10_000))).isEqualTo("not HTTP");
  }

  private String answer(String text) throws IOException {
    try (Listener listener = new Listener(Listener.saying(text))) {
      return probe(GET, listener.address());
    }
  }

  @Test
  void http_closedWithoutAnAnswer_saysSo() throws IOException {
    Listener.Way closing =
        socket -> {
          socket.getInputStream().readNBytes(16);
          socket.shutdownOutput();
        };
    try (Listener listener = new Listener(closing)) {
      assertThat(probe(GET, listener.address())).isEqualTo("connection closed before an answer");
    }
  }

  @Test
  void http_infiniteBody_isNotRead() throws IOException {
    try (Listener endless = new Listener(Listener.endless("HTTP/1.1 200 OK\r\n\r\n"));
        Listener headers = new Listener(Listener.endless("HTTP/1.1 100 Go\r\n\r\n"))) {
      assertThat(probe(GET, endless.address())).isEqualTo("passed: HTTP 200");
      assertThat(probe(GET, headers.address())).isEqualTo("not HTTP");
    }
  }

  @Test
  void http_redirect_failsAndIsNeverFollowed() throws IOException {
    try (Listener trap = new Listener(Listener.saying("HTTP/1.1 200 OK\r\n\r\n"));
        Listener redirecting =
            new Listener(
                Listener.saying(
                    "HTTP/1.1 302 Found\r\nLocation: http://" + trap.address() + "/\r\n\r\n"))) {
      assertThat(probe(GET, redirecting.address()))
          .isEqualTo("HTTP 302: redirects are not followed");
      assertThat(trap.accepted()).isZero();
    }
  }

  @Test
  void https_trusted_passesByAddressAndByName() throws IOException, GeneralSecurityException {
    ServerSocket socket = tls.server().getServerSocketFactory().createServerSocket(0);
    try (Listener listener = new Listener(socket, Listener.saying("HTTP/1.1 204 \r\n\r\n"))) {
      assertThat(probe(GET_TLS, listener.address(), PATIENT, tls.trust()))
          .isEqualTo("passed: HTTP 204");
      resolved.set(List.of(InetAddress.getByName("127.0.0.1")));
      assertThat(probe(GET_TLS, "shop.local:" + listener.port(), PATIENT, tls.trust()))
          .isEqualTo("passed: HTTP 204");
      assertThat(probe(GET_TLS, "other.local:" + listener.port(), PATIENT, tls.trust()))
          .startsWith("TLS handshake failed: No subject alternative DNS name matching other");
    }
  }

  @Test
  void https_selfSignedOrPlain_saysWhy() throws IOException, GeneralSecurityException {
    ServerSocket socket = tls.server().getServerSocketFactory().createServerSocket(0);
    try (Listener listener = new Listener(socket, Listener.saying("HTTP/1.1 204 \r\n\r\n"));
        Listener plain = new Listener(Listener.saying("HTTP/1.1 200 OK\r\n\r\n"))) {
      assertThat(probe(GET_TLS, listener.address()))
          .isEqualTo(
              "TLS handshake failed: unable to find valid certification path to requested target");
      assertThat(probe(GET_TLS, plain.address()))
          .isEqualTo("TLS handshake failed: Unsupported or unrecognized SSL message");
    }
  }

  @Test
  void grpc_answers() throws IOException, InterruptedException {
    HealthStatusManager health = new HealthStatusManager();
    health.setStatus("shop", ServingStatus.NOT_SERVING);
    Server server =
        grpc(InsecureServerCredentials.create()).addService(health.getHealthService()).build();
    server.start();
    String address = "127.0.0.1:" + server.getPort();
    assertThat(probe(new Grpc("", false), address)).isEqualTo("passed: gRPC: SERVING");
    assertThat(probe(new Grpc("shop", false), address)).isEqualTo("gRPC: NOT_SERVING");
    assertThat(probe(new Grpc("other", false), address))
        .isEqualTo("gRPC: the target does not know this service");
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  @Test
  void grpc_withoutHealthService_saysSo() throws IOException, InterruptedException {
    Server server = grpc(InsecureServerCredentials.create()).build().start();
    assertThat(probe(new Grpc("", false), "127.0.0.1:" + server.getPort()))
        .isEqualTo("gRPC: the target has no health service");
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  @Test
  void grpc_overTls() throws IOException, InterruptedException, GeneralSecurityException {
    HealthStatusManager health = new HealthStatusManager();
    ServerCredentials credentials =
        TlsServerCredentials.newBuilder().keyManager(tls.keys()).build();
    Server server = grpc(credentials).addService(health.getHealthService()).build().start();
    String address = "127.0.0.1:" + server.getPort();
    assertThat(probe(new Grpc("", true), address, PATIENT, tls.trust()))
        .isEqualTo("passed: gRPC: SERVING");
    assertThat(probe(new Grpc("", true), address)).startsWith("TLS handshake failed: ");
    // which of the two a client sees is the kernel's choice: the server closes with bytes unread
    assertThat(probe(new Grpc("", false), address))
        .isIn("connection reset", "connection closed before an answer");
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  private static NettyServerBuilder grpc(ServerCredentials credentials) {
    return NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0), credentials);
  }

  @Test
  void grpc_serverOfAnotherKind_isNotBelieved() throws IOException {
    try (Listener http = new Listener(Listener.saying("HTTP/1.1 200 OK\r\n\r\n"))) {
      assertThat(probe(new Grpc("", false), http.address())).isEqualTo("not gRPC");
    }
  }

  @Test
  void name_thatResolvesToADeniedAddress_isNotConnectedTo() throws IOException {
    try (Listener listener = new Listener(Listener.silent())) {
      resolved.set(
          List.of(InetAddress.getByName("127.0.0.1"), InetAddress.getByName("169.254.169.254")));
      assertThat(probe(CONNECT, "shop.local:" + listener.port()))
          .isEqualTo(
              "target not allowed: 169.254.169.254 is in 169.254.0.0/16, which is never probed");
      resolved.set(List.of());
      assertThat(probe(CONNECT, "shop.local:" + listener.port()))
          .isEqualTo("address does not resolve");
      assertThat(listener.accepted()).isZero();
    }
  }
}
