// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import static org.awaitility.Awaitility.await;

import dev.rollcall.sdk.Registration;
import dev.rollcall.sdk.Rollcall;
import dev.rollcall.sdk.TestRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** A proxy and the Ollamas behind it, over a registry, all on real sockets. */
final class ProxyFixture {
  static final Duration SOON = Duration.ofSeconds(5);
  static final String CHAT =
      "{\"model\":\"llama3.2\",\"messages\":[{\"role\":\"user\",\"content\":\"why?\"}]}";

  final TestRegistry registry = TestRegistry.start();
  final Rollcall rollcall = Rollcall.builder().registry(registry.address()).connect();
  final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  final OllamaProxy proxy;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  ProxyFixture() throws IOException {
    this(Duration.ofSeconds(20), 10);
  }

  ProxyFixture(Duration patience, int queue) throws IOException {
    proxy =
        new OllamaProxy(
            new OllamaProxy.Settings(
                "127.0.0.1", 0, 0, List.of(), "", 1, queue, patience, patience, patience),
            rollcall);
  }

  static byte[] fixture(String name) throws IOException {
    try (InputStream in = ProxyFixture.class.getResourceAsStream("/fixtures/" + name)) {
      return in.readAllBytes();
    }
  }

  /** A peer that is listed by somebody else, with these models. */
  ScriptedOllama ollama(String id, String pulled, String loaded, ScriptedOllama.Script script)
      throws IOException {
    ScriptedOllama ollama = keep(new ScriptedOllama(script));
    list(id, ollama.address(), pulled, loaded);
    return ollama;
  }

  Registration list(String id, String address, String pulled, String loaded) {
    Registration registration =
        rollcall
            .register("ollama", address)
            .id(id)
            .metadata("models", pulled)
            .metadata("loaded", loaded)
            .start();
    registration.awaitRegistered(SOON);
    await()
        .atMost(SOON)
        .until(() -> proxy.backends().stream().anyMatch(one -> one.id().equals(id)));
    return registration;
  }

  <T extends AutoCloseable> T keep(T one) {
    opened.push(one);
    return one;
  }

  URI at(String path) {
    return URI.create("http://127.0.0.1:" + proxy.httpPort() + path);
  }

  HttpRequest post(String path, String body) {
    return HttpRequest.newBuilder(at(path))
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  HttpResponse<byte[]> send(String path, String body) throws IOException, InterruptedException {
    return http.send(post(path, body), BodyHandlers.ofByteArray());
  }

  HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return http.send(HttpRequest.newBuilder(at(path)).build(), BodyHandlers.ofString());
  }

  void close() throws Exception {
    proxy.close();
    for (AutoCloseable one : opened) {
      one.close();
    }
    rollcall.close();
    registry.close();
  }
}
