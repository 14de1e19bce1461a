// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.product;

import dev.rollcall.examples.web.JsonServer;
import dev.rollcall.examples.web.Program;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;

/**
 * One warehouse with both its servers running.
 *
 * @param grpc answers ProductService, gRPC health and reflection
 * @param health what gRPC health answers
 * @param http answers {@code /product/{id}}, {@code /sales} and {@code /health}
 */
public record ProductServers(Server grpc, HealthStatusManager health, JsonServer http)
    implements AutoCloseable {
  /** Opens a warehouse on these ports; 0: any free one. */
  public static ProductServers open(String name, int stockOfEach, int grpcPort, int httpPort)
      throws IOException {
    var warehouse = new Warehouse(name, stockOfEach);
    var health = new HealthStatusManager();
    Server described =
        ServerBuilder.forPort(grpcPort)
            .addService(new ProductEndpoint(warehouse))
            .addService(health.getHealthService())
            .addService(ProtoReflectionServiceV1.newInstance())
            .build();
    Server grpc = Program.listen("grpc-port", grpcPort, described::start);
    try {
      JsonServer http =
          Program.listen("http-port", httpPort, () -> new ProductHttp(warehouse).start(httpPort));
      return new ProductServers(grpc, health, http);
    } catch (IOException e) {
      grpc.shutdownNow();
      throw e;
    }
  }

  @Override
  public void close() {
    http.close();
    grpc.shutdown();
  }
}
