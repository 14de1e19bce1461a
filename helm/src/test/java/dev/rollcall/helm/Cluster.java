// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.helm;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * As much of a Kubernetes API as a template's {@code lookup} asks for: secrets. The build points
 * {@code KUBECONFIG} here, so that no test ever asks a cluster of the person who runs it.
 */
final class Cluster implements AutoCloseable {
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final String RESOURCES =
      """
      {"kind":"APIResourceList","apiVersion":"v1","groupVersion":"v1","resources":[
      {"name":"secrets","singularName":"","namespaced":true,"kind":"Secret","verbs":["get","list"]}]}
      """;
  private static final String MISSING =
      """
      {"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404,
      "message":"secrets not found"}
      """;

  private final Map<String, String> secrets = new ConcurrentHashMap<>();
  private final HttpServer server;

  private Cluster(HttpServer server) {
    this.server = server;
  }

  static Cluster open() throws IOException {
    InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Cluster cluster = new Cluster(HttpServer.create(anyPort, 0));
    cluster.server.createContext("/", cluster::answer);
    cluster.server.start();
    Files.writeString(
        Path.of(System.getenv("KUBECONFIG")),
        """
        {apiVersion: v1, kind: Config, current-context: test,
        clusters: [{name: test, cluster: {server: "http://127.0.0.1:%d"}}],
        users: [{name: test, user: {}}],
        contexts: [{name: test, context: {cluster: test, user: test}}]}
        """
            .formatted(cluster.server.getAddress().getPort()));
    return cluster;
  }

  /** From now on there is a secret with one key. */
  void put(String namespace, String name, String key, String base64) {
    secrets.put(
        "/api/v1/namespaces/" + namespace + "/secrets/" + name,
        """
        {"kind":"Secret","apiVersion":"v1","metadata":{"name":"%s","namespace":"%s"},
        "data":{"%s":"%s"}}
        """
            .formatted(name, namespace, key, base64));
  }

  void clear() {
    secrets.clear();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String body = path.equals("/api/v1") ? RESOURCES : secrets.getOrDefault(path, MISSING);
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(body.equals(MISSING) ? NOT_FOUND : OK, bytes.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(bytes);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
