// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rollcall.registry.v1.DrainRequest;
import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.InstanceStatus;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import dev.rollcall.server.testing.RunningServer;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a lease's holder may do, over a real socket. */
final class LeaseEndpointTest {
  private static final String SECRET = "0123456789abcdefghijkl";

  @TempDir Path data;
  private RunningServer server;
  private RegistryServiceBlockingStub stub;

  @BeforeEach
  void start() throws IOException {
    server = new RunningServer(data);
    stub = server.stub();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void drain_hidesAnInstanceAndKeepsItListed() {
    stub.register(RunningServer.request("a", "x").setLeaseId(SECRET).build());
    var drain = DrainRequest.newBuilder().setLeaseId(SECRET).setReason("deploy").build();
    assertThat(stub.drain(drain).getRevision()).isEqualTo(2);
    assertThat(stub.drain(drain).getRevision()).isEqualTo(2);
    GetRequest.Builder get = GetRequest.newBuilder().setService("a");
    assertThat(stub.get(get.build()).getInstancesCount()).isZero();
    Instance listed = stub.get(get.setAllStatuses(true).build()).getInstances(0);
    assertThat(listed.getStatus()).isEqualTo(InstanceStatus.INSTANCE_STATUS_DRAINING);
    assertThatThrownBy(() -> stub.drain(DrainRequest.newBuilder().setLeaseId(SECRET + "x").build()))
        .hasMessage(
            "NOT_FOUND: lease_id: holds no such instance (expected: a registered one);"
                + " register again");
  }
}
