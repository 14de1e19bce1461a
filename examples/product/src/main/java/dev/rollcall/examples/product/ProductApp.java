// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.product;

import dev.rollcall.examples.web.Flags;
import dev.rollcall.sdk.Rollcall;
import java.io.IOException;
import java.util.Set;

/**
 * A warehouse as a program. Flags, or the environment's variables of the same name: {@code
 * --grpc-port}, {@code --http-port}, {@code --stock} (of each product), {@code --name}.
 */
public final class ProductApp {
  private ProductApp() {}

  /** Runs until SIGTERM. */
  public static void main(String[] args) throws IOException {
    Flags flags = Flags.parseOrExit(args, Set.of("grpc-port", "http-port", "stock", "name"));
    int grpcPort = flags.number("grpc-port", 7081);
    String name =
        flags.text(
            "name", "warehouse-" + (grpcPort == 0 ? ProcessHandle.current().pid() : grpcPort));
    int stock = flags.number("stock", 100);

    try (var servers = ProductServers.open(name, stock, grpcPort, flags.number("http-port", 7091));
        Rollcall rollcall = Rollcall.connect()) {
      rollcall
          .register("product", servers.grpc())
          .endpoint("http", servers.http().port())
          .metadata("warehouse", name)
          .start();
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
}
