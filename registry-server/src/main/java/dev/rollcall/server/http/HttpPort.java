// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.common.base.Suppliers;
import dev.rollcall.config.v1.ConfigServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.relay.v1.RelayServiceGrpc;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.javalin.http.HandlerType;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP port: the registry as JSON, and what an orchestrator asks ({@code /livez}: restart it?
 * {@code /readyz}: send it calls?).
 */
public final class HttpPort implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HttpPort.class);
  private static final int THREADS = 24;
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

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
   * What the server says of itself.
   *
   * @param readiness whether it may be sent calls
   * @param metrics in the text format of Prometheus
   */
  public record Facts(String version, Readiness readiness, Supplier<String> metrics) {}

  /**
   * Opens the port; port 0 takes any free one.
   *
   * @param hosts by which it may be asked besides, see {@link Guard}
   * @param inside the name under which this process calls the gRPC services
   * @throws IOException if the port cannot be opened
   */
  public static HttpPort open(
      InetSocketAddress address, List<String> hosts, String inside, Facts facts)
      throws IOException {
    ManagedChannel channel =
        InProcessChannelBuilder.forName(inside)
            .directExecutor()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
    Guard guard = new Guard(address, hosts);
    Javalin javalin = Javalin.create(config -> configure(config, channel, facts, guard));
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

  private static void configure(JavalinConfig config, Channel channel, Facts facts, Guard guard) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.jetty.threadPool = new QueuedThreadPool(THREADS, 2);
    config.jetty.modifyServer(server -> server.setErrorHandler(new EarlyErrors()));
    config.routes.before(guard::check);
    List<Route> routes =
        Route.of(
            List.of(
                RegistryServiceGrpc.getServiceDescriptor(),
                ConfigServiceGrpc.getServiceDescriptor(),
                RelayServiceGrpc.getServiceDescriptor()));
    Gateway gateway = new Gateway(channel, routes);
    Map<String, Handler> read = readOnly(channel, facts, routes);
    for (HandlerType verb : VERBS) {
      read.forEach(
          (path, handler) ->
              config.routes.addHttpHandler(
                  verb,
                  path,
                  http -> {
                    onlyRead(http);
                    handler.handle(http);
                  }));
      config.routes.addHttpHandler(verb, "/v1/*", gateway::handle);
    }
    refusals(config);
  }

  private static void refusals(JavalinConfig config) {
    config.routes.exception(JsonError.class, HttpPort::refuse);
    config.routes.exception(
        Exception.class,
        (failure, http) -> {
          log.error("{} {} failed", http.method().name(), http.path(), failure);
          refuse(JsonError.of(failure), http);
        });
    config.routes.error(
        404,
        "*",
        http -> {
          String type = http.res().getContentType();
          if (!VERBS.contains(http.method())) {
            http.header("Allow", "GET, HEAD, POST, PUT, DELETE");
            refuse(
                JsonError.of(
                    405,
                    "METHOD_NOT_ALLOWED",
                    http.method().name() + " is not known (expected: GET, POST, PUT or DELETE)"),
                http);
          } else if (type == null || !type.startsWith("application/json")) {
            refuse(
                JsonError.of(
                    404,
                    "NO_SUCH_PATH",
                    http.path()
                        + " is not known (expected: /, /v1/…, /openapi.json, /metrics, /livez or /readyz)"),
                http);
          }
        });
  }

  private static void refuse(JsonError error, Context http) {
    http.status(error.code()).contentType("application/json").result(error.json());
  }

  private static void onlyRead(Context http) {
    if (!Guard.READING.contains(http.method().name())) {
      http.header("Allow", "GET, HEAD");
      throw JsonError.of(
          405,
          "METHOD_NOT_ALLOWED",
          "%s %s (expected: GET)".formatted(http.method().name(), http.path()));
    }
  }

  private static Map<String, Handler> readOnly(Channel channel, Facts facts, List<Route> routes) {
    Targets targets = new Targets(channel);
    // written when first asked for: a server starts sooner without
    Supplier<String> document = Suppliers.memoize(() -> OpenApi.of(routes, facts.version()));
    Map<String, Handler> all = new TreeMap<>();
    all.put("/livez", http -> tell(http, List.of(), List.of()));
    all.put("/readyz", http -> tell(http, facts.readiness()));
    all.put("/metrics", http -> http.contentType(METRICS_TYPE).result(facts.metrics().get()));
    all.put("/openapi.json", http -> http.contentType("application/json").result(document.get()));
    all.put("/v1/prometheus/targets", targets::handle);
    Pages pages = new Pages();
    pages.paths().forEach(path -> all.put(path, pages::handle));
    return all;
  }

  private static void tell(Context http, Readiness readiness) {
    boolean store = !http.queryParams("exclude").contains("store");
    tell(http, readiness.reasons(store), readiness.notes());
  }

  private static void tell(Context http, List<String> reasons, List<String> notes) {
    List<String> lines = new ArrayList<>(reasons.isEmpty() ? List.of("ok") : reasons);
    lines.addAll(notes);
    http.status(reasons.isEmpty() ? 200 : 503)
        .contentType("text/plain;charset=utf-8")
        .result(String.join("\n", lines) + "\n");
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
