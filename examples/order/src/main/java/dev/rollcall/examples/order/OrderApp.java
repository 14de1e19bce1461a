// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.order;

import dev.rollcall.examples.web.Flags;
import dev.rollcall.examples.web.JsonServer;
import dev.rollcall.examples.web.Program;
import dev.rollcall.sdk.DependencyChange;
import dev.rollcall.sdk.HealthCheck;
import dev.rollcall.sdk.Registration;
import dev.rollcall.sdk.Rollcall;
import dev.rollcall.sdk.RollcallException;
import dev.rollcall.sdk.ServiceInstance;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shop as a program. Flags, or the environment's variables of the same name: {@code
 * --http-port}, {@code --via} ({@code grpc} or {@code http}), {@code --app-version}.
 */
public final class OrderApp {
  /** The largest quantity of one purchase where no setting says otherwise. */
  private static final int MOST_ITEMS = 10;

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Logger log = LoggerFactory.getLogger(OrderApp.class);

  private OrderApp() {}

  /** Runs until SIGTERM. */
  public static void main(String[] args) {
    Program.main(args, Set.of("http-port", "via", "app-version"), OrderApp::run);
  }

  private static void run(Flags flags) throws IOException {
    String via = flags.text("via", "grpc");
    int port = flags.port("http-port", 7080);

    try (Rollcall rollcall = Rollcall.connect();
        Warehouses warehouses = warehouses(via, rollcall)) {
      var purchases = new Purchases(rollcall, warehouses);
      var mostItems = new AtomicInteger();
      rollcall
          .config("order")
          .watch("max-items", Integer.class, MOST_ITEMS, most -> limit(mostItems, most));
      try (JsonServer http =
          Program.listen(
              "http-port", port, () -> new OrderHttp(purchases, mostItems::get).start(port))) {
        Registration registration =
            rollcall
                .register("order", http.port())
                .version(flags.text("app-version", ""))
                .endpoint("http", http.port())
                .healthCheck(HealthCheck.http("/health", "http"))
                .requires("product")
                .onDependencyChange(OrderApp::tell)
                .metadata("via", via)
                .start();
        awaitDependencies(registration);
        System.out.println("order ready http=127.0.0.1:" + http.port() + " via=" + via);
        rollcall.awaitShutdown();
      }
    }
  }

  private static void limit(AtomicInteger mostItems, int most) {
    System.out.println("setting order/max-items=" + most);
    mostItems.set(most);
  }

  private static Warehouses warehouses(String via, Rollcall rollcall) {
    return switch (via) {
      case "grpc" -> new GrpcWarehouses(rollcall);
      case "http" -> new HttpWarehouses(rollcall);
      default ->
          throw new IllegalArgumentException("--via: '" + via + "' (expected: grpc or http)");
    };
  }

  /**
   * Ready means that something can be bought, unless there is nobody yet: it starts all the same.
   */
  private static void awaitDependencies(Registration registration) {
    try {
      registration.awaitDependencies(PATIENCE);
    } catch (RollcallException e) {
      System.out.println("dependency unmet: " + e.getMessage());
    }
  }

  private static void tell(DependencyChange change) {
    System.out.println("dependency " + change);
    ServiceInstance instance = change.event().instance();
    log.info("{} is at {} {}", instance.id(), instance.address(), instance.endpoints());
  }
}
