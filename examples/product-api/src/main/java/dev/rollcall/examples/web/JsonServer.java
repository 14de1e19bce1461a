// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.web;

import com.google.protobuf.Message;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.rollcall.examples.order.v1.Failure;
import dev.rollcall.examples.order.v1.Problem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A JSON server on the JDK's own HTTP server: every answer, also an error, is one message. */
public final class JsonServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(JsonServer.class);
  private static final int THREADS = 16;

  /** Far more than can be in flight on those threads. */
  private static final int SLOTS = 1000;

  static {
    // without it each answer on a kept connection waits 40 ms for the client's acknowledgement
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

  /** One is held by each request that is being answered. */
  private final Semaphore slots = new Semaphore(SLOTS);

  private JsonServer(HttpServer server) {
    this.server = server;
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange ->
            answer(exchange, request -> Reply.failed(404, "NO_SUCH_PATH", "no " + request.path())));
  }

  /** A server that listens on this port (0: any free one) and answers after {@link #start}. */
  public static JsonServer on(int port) throws IOException {
    return new JsonServer(HttpServer.create(new InetSocketAddress(port), 0));
  }

  /** What was asked. {@code rest} is the path behind the route's prefix. */
  public record Request(String method, String path, String rest, Map<String, String> query) {}

  /** What is answered. */
  public record Reply(int status, Message body) {
    /** All went well. */
    public static Reply ok(Message body) {
      return new Reply(200, body);
    }

    /** It did not. */
    public static Reply failed(int status, String reason, String message) {
      Problem problem =
          Problem.newBuilder().setCode(status).setReason(reason).setMessage(message).build();
      return new Reply(status, Failure.newBuilder().setError(problem).build());
    }
  }

  /** Answers a request. */
  public interface Handler {
    /** Called on one of the server's threads. */
    Reply handle(Request request);
  }

  /** Sends all requests whose path starts with the prefix to the handler. */
  public JsonServer route(String prefix, Handler handler) {
    server.createContext(prefix, exchange -> answer(exchange, handler));
    return this;
  }

  /** Starts to answer. */
  public JsonServer start() {
    server.start();
    return this;
  }

  /** The port it listens on. */
  public int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange, Handler handler) throws IOException {
    slots.acquireUninterruptibly();
    try (exchange) {
      Reply reply = reply(exchange, handler);
      byte[] body = (Json.print(reply.body()) + "\n").getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(reply.status(), body.length);
      exchange.getResponseBody().write(body);
    } finally {
      slots.release();
    }
  }

  private static Reply reply(HttpExchange exchange, Handler handler) {
    try {
      String path = exchange.getRequestURI().getPath();
      String rest = path.substring(exchange.getHttpContext().getPath().length());
      Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
      return handler.handle(new Request(exchange.getRequestMethod(), path, rest, query));
    } catch (RuntimeException e) {
      log.error("{} failed", exchange.getRequestURI(), e);
      return Reply.failed(500, "INTERNAL", "this is a bug; the log says more");
    }
  }

  private static Map<String, String> query(String raw) {
    Map<String, String> query = new HashMap<>();
    for (String pair : raw == null ? new String[0] : raw.split("&")) {
      int at = pair.indexOf('=');
      if (at > 0) {
        query.put(
            pair.substring(0, at),
            URLDecoder.decode(pair.substring(at + 1), StandardCharsets.UTF_8));
      }
    }
    return query;
  }

  /** Stops after the requests that are being answered, at most 2 s later. */
  @Override
  public void close() {
    try {
      // stop(2) would wait for all of its two seconds, also where nobody is being answered
      slots.tryAcquire(SLOTS, 2, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.stop(0);
    threads.shutdown();
  }
}
