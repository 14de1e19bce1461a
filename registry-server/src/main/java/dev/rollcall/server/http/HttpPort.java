// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import dev.rollcall.config.v1.ConfigServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The HTTP port: the registry as JSON, and what an orchestrator asks ({@code /livez}: restart it?
 * {@code /readyz}: send it calls?).
 */
public final class HttpPort implements AutoCloseable {
  private static final int THREADS = 24;
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]", "::1");
  private static final List<HandlerType> VERBS =
      List.of(
          HandlerType.GET,
          HandlerType.POST,
          HandlerType.PUT,
          HandlerType.DELETE,
          HandlerType.PATCH,
          HandlerType.HEAD,
          HandlerType.OPTIONS);

  private final Javalin javalin;
  private final ManagedChannel channel;
  private final int port;

  private HttpPort(Javalin javalin, ManagedChannel channel) {
    this.javalin = javalin;
    this.port = javalin.port();
    this.channel = channel;
  }

  /**
   * Opens the port; port 0 takes any free one.
   *
   * @param inside the name under which this process calls the gRPC services
   * @param unready why the server is not ready, one reason a line; empty: it is
   * @throws IOException if the port cannot be opened
   */
  public static HttpPort open(
      InetSocketAddress address, String inside, Supplier<List<String>> unready) throws IOException {
    ManagedChannel channel =
        InProcessChannelBuilder.forName(inside)
            .directExecutor()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
    Gateway gateway =
        new Gateway(
            channel,
            Route.of(
                List.of(
                    RegistryServiceGrpc.getServiceDescriptor(),
                    ConfigServiceGrpc.getServiceDescriptor())));
    InetAddress host = address.getAddress();
    boolean loopback = host != null && host.isLoopbackAddress();
    Javalin javalin = Javalin.create(config -> routes(config, gateway, unready, loopback));
    try {
      javalin.start(address.getHostString(), address.getPort());
    } catch (RuntimeException e) {
      channel.shutdownNow();
      throw opening(e);
    }
    return new HttpPort(javalin, channel);
  }

  private static IOException opening(RuntimeException failure) {
    Throwable cause = failure;
    while (cause.getCause() != null && !(cause instanceof BindException)) {
      cause = cause.getCause();
    }
    return cause instanceof IOException io ? io : new IOException(cause);
  }

  private static void routes(
      JavalinConfig config, Gateway gateway, Supplier<List<String>> unready, boolean loopback) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.jetty.threadPool = new QueuedThreadPool(THREADS, 2);
    config.routes.before(http -> guard(http, loopback));
    Pages pages = new Pages();
    for (HandlerType verb : VERBS) {
      pages.paths().forEach(path -> config.routes.addHttpHandler(verb, path, pages::handle));
      config.routes.addHttpHandler(verb, "/livez", http -> tell(http, List.of()));
      config.routes.addHttpHandler(verb, "/readyz", http -> tell(http, unready.get()));
      config.routes.addHttpHandler(verb, "/v1/*", gateway::handle);
    }
    config.routes.exception(JsonError.class, HttpPort::refuse);
    config.routes.error(
        404,
        "*",
        http -> {
          if (http.res().getContentType() == null
              || !http.res().getContentType().startsWith("application/json")) {
            refuse(
                JsonError.of(
                    404,
                    "NO_SUCH_PATH",
                    http.path() + " is not known (expected: /v1/…, /livez or /readyz)"),
                http);
          }
        });
  }

  private static void refuse(JsonError error, Context http) {
    http.status(error.code()).contentType("application/json").result(error.json());
  }

  private static void tell(Context http, List<String> reasons) {
    if (!Set.of("GET", "HEAD").contains(http.method().name())) {
      http.header("Allow", "GET, HEAD");
      throw JsonError.of(
          405,
          "METHOD_NOT_ALLOWED",
          "%s %s (expected: GET)".formatted(http.method().name(), http.path()));
    }
    http.status(reasons.isEmpty() ? 200 : 503)
        .contentType("text/plain;charset=utf-8")
        .result(reasons.isEmpty() ? "ok\n" : String.join("\n", reasons) + "\n");
  }

  /** A page of somebody else's must not read a registry through a name that points to loopback. */
  private static void guard(Context http, boolean loopback) {
    http.header("X-Content-Type-Options", "nosniff");
    http.header("Cache-Control", "no-store");
    http.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    String host = http.req().getServerName();
    if (loopback && !LOOPBACK.contains(host.toLowerCase(Locale.ROOT))) {
      throw JsonError.of(
          421,
          "WRONG_HOST",
          "host: %s (expected: localhost or a loopback address)".formatted(host));
    }
  }

  /** The port that is open. */
  public int port() {
    return port;
  }

  /** Closes the port, with the answers under way. Idempotent. */
  @Override
  public void close() {
    javalin.stop();
    channel.shutdownNow();
    try {
      channel.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
