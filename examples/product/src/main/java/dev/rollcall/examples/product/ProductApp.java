// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.product;

import dev.rollcall.examples.web.Flags;
import dev.rollcall.examples.web.Program;
import dev.rollcall.sdk.HealthCheck;
import dev.rollcall.sdk.Registration;
import dev.rollcall.sdk.Rollcall;
import dev.rollcall.sdk.RollcallException;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A warehouse as a program. Flags, or the environment's variables of the same name: {@code
 * --grpc-port}, {@code --http-port}, {@code --stock} (of each product), {@code --name}, {@code
 * --app-version} (as others see it).
 */
public final class ProductApp {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final Logger log = LoggerFactory.getLogger(ProductApp.class);

  private ProductApp() {}

  /** Runs until SIGTERM. */
  public static void main(String[] args) {
    Program.main(
        args, Set.of("grpc-port", "http-port", "stock", "name", "app-version"), ProductApp::run);
  }

  private static void run(Flags flags) throws IOException {
    int grpcPort = flags.port("grpc-port", 7081);
    int httpPort = flags.port("http-port", 7091);
    String name =
        flags.text(
            "name", "warehouse-" + (grpcPort == 0 ? ProcessHandle.current().pid() : grpcPort));
    int stock = flags.number("stock", 100, 0, Integer.MAX_VALUE);

    try (var servers = ProductServers.open(name, stock, grpcPort, httpPort);
        Rollcall rollcall = Rollcall.connect()) {
      Registration registration =
          rollcall
              .register("product", servers.grpc())
              .version(flags.text("app-version", ""))
              .health(servers.health())
              .healthCheck(HealthCheck.grpc())
              .endpoint("http", servers.http().port())
              .metadata("warehouse", name)
              .start();
      awaitUsable(registration);
      System.out.println(
          "product ready grpc=127.0.0.1:"
              + servers.grpc().getPort()
              + " http=127.0.0.1:"
              + servers.http().port()
              + " warehouse="
              + name);
      rollcall.awaitShutdown();
    }
  }

  /**
   * Ready means that others can call it, unless there is no registry yet: it starts all the same.
   */
  private static void awaitUsable(Registration registration) {
    try {
      registration.awaitUsable(PATIENCE);
    } catch (RollcallException e) {
      log.warn("ready without being found: {}", e.getMessage());
    }
  }
}
