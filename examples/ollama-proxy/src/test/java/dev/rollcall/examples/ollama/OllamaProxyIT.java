// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.relay.v1.RelayServiceGrpc;
import dev.rollcall.relay.v1.SendStreamRequest;
import dev.rollcall.sdk.Rollcall;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proxies and stand-ins with a real registry, in a process of its own. */
final class OllamaProxyIT {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path data;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private Process server;
  private String registry;
  private ManagedChannel channel;

  @BeforeEach
  void startRegistry() throws IOException {
    server =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.rollcall.server.Rollcall",
                "server",
                "--grpc-port",
                "0",
                "--http-port",
                "0",
                "--data-dir",
                data.resolve("data").toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    var out =
        new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
    String ready = Objects.requireNonNull(out.readLine(), "the registry did not start");
    registry = ready.replaceFirst(".* grpc=([^ ]+).*", "$1");
    channel = ManagedChannelBuilder.forTarget(registry).usePlaintext().build();
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable one : opened) {
      one.close();
    }
    channel.shutdownNow();
    server.destroy();
    server.waitFor();
  }

  private <T extends AutoCloseable> T keep(T one) {
    opened.push(one);
    return one;
  }

  private StandIn standIn(String name, int delayMillis, String... models) throws IOException {
    return keep(
        new StandIn(new InetSocketAddress("127.0.0.1", 0), name, List.of(models), delayMillis));
  }

  /** A proxy with a registry client of its own, as another process would have. */
  private record Proxy(OllamaProxy proxy, Rollcall rollcall) implements AutoCloseable {
    @Override
    public void close() {
      rollcall.close();
      proxy.close();
    }

    List<String> seen() {
      return proxy.backends().stream().map(Backend::address).sorted().toList();
    }
  }

  private Proxy proxy(String at, StandIn... told) throws IOException {
    Rollcall rollcall = Rollcall.builder().registry(at).connect();
    List<String> hosts = Arrays.stream(told).map(StandIn::address).toList();
    Duration patience = Duration.ofSeconds(20);
    var proxy =
        new OllamaProxy(
            new OllamaProxy.Settings(
                "127.0.0.1", 0, 0, hosts, "", 1, 10, patience, patience, patience),
            rollcall);
    return keep(new Proxy(proxy, rollcall));
  }

  private HttpRequest question(String address, String model) {
    return HttpRequest.newBuilder(URI.create("http://" + address + "/api/chat"))
        .POST(
            BodyPublishers.ofString(
                "{\"model\":\"%s\",\"messages\":[{\"role\":\"user\",\"content\":\"why?\"}]}"
                    .formatted(model)))
        .build();
  }

  private HttpResponse<String> ask(Proxy proxy, String model)
      throws IOException, InterruptedException {
    return http.send(
        question("127.0.0.1:" + proxy.proxy().httpPort(), model), BodyHandlers.ofString());
  }

  private static String by(HttpResponse<?> answer) {
    return answer
        .headers()
        .firstValue("X-Rollcall-Instance")
        .orElse("status " + answer.statusCode());
  }

  private List<Instance> listed() {
    return RegistryServiceGrpc.newBlockingStub(channel)
        .get(GetRequest.newBuilder().setService("ollama").build())
        .getInstancesList();
  }

  @Test
  void ollamas_areListedWithTheirModels_keptCurrent_andReplacedWhenKilled() throws Exception {
    StandIn one = standIn("one", 0, "llama3.2");
    StandIn two = standIn("two", 0, "llama3.2", "phi3");
    Proxy proxy = proxy(registry, one, two);
    await().atMost(SOON).until(() -> proxy.seen().size() == 2);
    two.load("llama3.2");
    await()
        .atMost(SOON)
        .until(
            () ->
                listed().stream()
                    .anyMatch(
                        instance ->
                            instance.getMetadataOrDefault("loaded", "").equals("llama3.2:latest")));
    await().atMost(SOON).until(() -> ask(proxy, "llama3.2").body().contains("two"));
    long from = System.nanoTime();
    two.close();
    HttpResponse<String> next = ask(proxy, "llama3.2");
    assertThat(next.statusCode()).isEqualTo(200);
    assertThat(next.body()).contains("one");
    System.out.printf(
        "next question after an Ollama was killed: answered by another after %.1f ms%n",
        (System.nanoTime() - from) / 1e6);
    // the registry finds out by itself, and with it every proxy
    await().atMost(SOON).until(() -> proxy.seen().equals(List.of(one.address())));
    await().atMost(SOON).until(() -> ask(proxy, "phi3").statusCode() == 404);
  }

  @Test
  void twoProxies_toldOfOneOllama_doNotFight_andTheSecondTakesOver() throws Exception {
    StandIn shared = standIn("shared", 0, "llama3.2");
    Proxy first = proxy(registry, shared);
    await().atMost(SOON).until(() -> first.seen().size() == 1);
    // a second client of this process would share the first one's session: so it goes by a name
    String other = registry.replace("127.0.0.1", "localhost");
    Proxy second = proxy(other, shared);
    await().atMost(SOON).until(() -> second.seen().size() == 1);
    await().atMost(SOON).until(() -> ask(second, "llama3.2").statusCode() == 200);
    await().atMost(SOON).until(() -> !listed().get(0).getMetadataOrDefault("loaded", "").isEmpty());
    long revision = listed().get(0).getRevision();
    await()
        .during(Duration.ofSeconds(3))
        .atMost(SOON)
        .until(() -> listed().size() == 1 && listed().get(0).getRevision() == revision);
    first.close();
    // at any moment a question is answered, also while the place in the registry changes hands
    await()
        .during(Duration.ofSeconds(4))
        .atMost(SOON)
        .until(() -> ask(second, "llama3.2").statusCode() == 200);
    assertThat(listed()).hasSize(1);
    assertThat(listed().get(0).getRevision()).isGreaterThan(revision);
  }

  @Test
  void instanceThatSomebodyElseRegistered_isUsed() throws Exception {
    StandIn standIn = standIn("by-hand", 0, "llama3.2");
    Proxy proxy = proxy(registry);
    var unused =
        RegistryServiceGrpc.newBlockingStub(channel)
            .register(
                RegisterRequest.newBuilder()
                    .setInstance(
                        Instance.newBuilder()
                            .setService("ollama")
                            .setAddress(standIn.address())
                            .putMetadata("models", "llama3.2"))
                    .build());
    await().atMost(SOON).until(() -> proxy.seen().equals(List.of(standIn.address())));
    assertThat(ask(proxy, "llama3.2").body()).contains("by-hand");
  }

  @Test
  void relayedMessage_streamsTheModelsAnswer() throws Exception {
    StandIn standIn = standIn("relay", 5, "llama3.2");
    Proxy proxy = proxy(registry, standIn);
    var registration = proxy.proxy().register(proxy.rollcall());
    registration.awaitUsable(SOON);
    List<String> parts = new ArrayList<>();
    var relay = RelayServiceGrpc.newBlockingStub(channel);
    var question =
        SendStreamRequest.newBuilder()
            .setSender("me")
            .setTo("ollama-proxy")
            .setMessage("why is the sky blue?")
            .build();
    relay.sendStream(question).forEachRemaining(part -> parts.add(part.getMessage()));
    assertThat(String.join("", parts))
        .isEqualTo("Stand-in relay (no real model) heard: why is the sky blue?");
    assertThat(parts).hasSizeGreaterThan(8);
    // its health follows the Ollama behind it
    standIn.close();
    await()
        .atMost(SOON)
        .until(
            () -> {
              try {
                relay.sendStream(question).forEachRemaining(part -> {});
                return false;
              } catch (StatusRuntimeException e) {
                return e.getStatus().getCode() == Status.Code.UNAVAILABLE
                    && String.valueOf(e.getStatus().getDescription())
                        .startsWith("ollama-proxy: 1 instance, 0 serving");
              }
            });
  }

  @Test
  void firstByte_comesNearlyAsSoonAsWithoutTheProxy() throws Exception {
    StandIn standIn = standIn("fast", 0, "llama3.2");
    Proxy proxy = proxy(registry, standIn);
    await().atMost(SOON).until(() -> proxy.seen().size() == 1);
    String through = "127.0.0.1:" + proxy.proxy().httpPort();
    double direct = 0;
    double proxied = 0;
    for (int round = 0; round < 3; round++) {
      direct = medianMillis(standIn.address());
      proxied = medianMillis(through);
      System.out.printf(
          "first byte, median of 200: %.2f ms directly, %.2f ms through the proxy, %.2f ms added%n",
          direct, proxied, proxied - direct);
    }
    assertThat(Set.of(by(ask(proxy, "llama3.2")))).hasSize(1);
  }

  private double medianMillis(String address) throws IOException, InterruptedException {
    long[] nanos = new long[200];
    for (int i = 0; i < nanos.length; i++) {
      long from = System.nanoTime();
      try (var in = http.send(question(address, "llama3.2"), BodyHandlers.ofInputStream()).body()) {
        assertThat(in.read()).isEqualTo('{');
        nanos[i] = System.nanoTime() - from;
        in.readAllBytes();
      }
    }
    Arrays.sort(nanos);
    return nanos[nanos.length / 2] / 1e6;
  }
}
