// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.order;

import dev.rollcall.examples.web.Flags;
import dev.rollcall.examples.web.JsonServer;
import dev.rollcall.examples.web.Program;
import dev.rollcall.sdk.Rollcall;
import dev.rollcall.sdk.ServiceEvent;
import dev.rollcall.sdk.ServiceWatch;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shop as a program. Flags, or the environment's variables of the same name: {@code
 * --http-port}, {@code --via} ({@code grpc} or {@code http}).
 */
public final class OrderApp {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Logger log = LoggerFactory.getLogger(OrderApp.class);

  private OrderApp() {}

  /** Runs until SIGTERM. */
  public static void main(String[] args) {
    Program.main(args, Set.of("http-port", "via"), OrderApp::run);
  }

  private static void run(Flags flags) throws IOException {
    String via = flags.text("via", "grpc");
    int port = flags.port("http-port", 7080);

    try (Rollcall rollcall = Rollcall.connect();
        Warehouses warehouses = warehouses(via, rollcall)) {
      ServiceWatch products = rollcall.watch("product", OrderApp::tell);
      var purchases = new Purchases(rollcall, warehouses);
      try (JsonServer http =
          Program.listen("http-port", port, () -> new OrderHttp(purchases).start(port))) {
        rollcall
            .register("order", http.port())
            .endpoint("http", http.port())
            .requires("product")
            .metadata("via", via)
            .start();
        if (!products.awaitKnown(PATIENCE)) {
          log.warn("ready without knowing any product: the registry does not answer yet");
        }
        System.out.println("order ready http=127.0.0.1:" + http.port() + " via=" + via);
        rollcall.awaitShutdown();
      }
    }
  }

  private static Warehouses warehouses(String via, Rollcall rollcall) {
    return switch (via) {
      case "grpc" -> new GrpcWarehouses(rollcall);
      case "http" -> new HttpWarehouses(rollcall);
      default ->
          throw new IllegalArgumentException("--via: '" + via + "' (expected: grpc or http)");
    };
  }

  private static void tell(ServiceEvent event) {
    log.info(
        "{} {} at {} {}: {}",
        event.getClass().getSimpleName(),
        event.instance().id(),
        event.instance().address(),
        event.instance().endpoints(),
        event.cause());
  }
}
