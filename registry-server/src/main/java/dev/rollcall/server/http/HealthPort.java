// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Tells an orchestrator whether to restart this server ({@code /livez}) and whether to send it
 * calls ({@code /readyz}).
 */
public final class HealthPort implements AutoCloseable {
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int UNAVAILABLE = 503;

  private final HttpServer server;
  private final Supplier<List<String>> unready;

  private HealthPort(HttpServer server, Supplier<List<String>> unready) {
    this.server = server;
    this.unready = unready;
  }

  /**
   * Opens the port; port 0 takes any free one.
   *
   * @param unready why the server is not ready, one reason a line; empty: it is. Called from the
   *     executor's threads
   * @throws IOException if the port cannot be opened
   */
  public static HealthPort open(
      InetSocketAddress address, Supplier<List<String>> unready, Executor executor)
      throws IOException {
    HttpServer server = HttpServer.create(address, 0);
    HealthPort port = new HealthPort(server, unready);
    server.createContext("/", port::answer);
    server.setExecutor(executor);
    server.start();
    return port;
  }

  /** The port that is open. */
  public int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      boolean live = "/livez".equals(path);
      if (!live && !"/readyz".equals(path)) {
        answer(exchange, NOT_FOUND, "not found (expected: /livez or /readyz)");
      } else if (!List.of("GET", "HEAD").contains(exchange.getRequestMethod())) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        answer(exchange, METHOD_NOT_ALLOWED, "method not allowed (expected: GET)");
      } else {
        List<String> reasons = live ? List.of() : unready.get();
        answer(
            exchange,
            reasons.isEmpty() ? OK : UNAVAILABLE,
            reasons.isEmpty() ? "ok" : String.join("\n", reasons));
      }
    }
  }

  private static void answer(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = (text + "\n").getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.getResponseHeaders().set("Cache-Control", "no-store");
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  /** Closes the port, with the answers under way. Idempotent. */
  @Override
  public void close() {
    server.stop(0);
  }
}
