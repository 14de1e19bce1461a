// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.dashboard;

import dev.rollcall.registry.v1.DeregisterRequest;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import java.util.List;

/** Registers what the dashboard is to show. */
record Sample(RegistryServiceBlockingStub registry) {
  /** Longer than any test. */
  private static final int LEASE_SECONDS = 3_600;

  /** Lists an instance, or changes it. */
  void register(String service, String id, String... requires) {
    register(
        Instance.newBuilder()
            .setService(service)
            .setId(id)
            .setAddress("127.0.0.1:50051")
            .setVersion("1.4.2")
            .setZone("eu-west-1a")
            .addAllRequires(List.of(requires)));
  }

  /** The same with more of it. */
  void register(Instance.Builder instance) {
    instance.getLeaseTtlBuilder().setSeconds(LEASE_SECONDS);
    registry.register(
        RegisterRequest.newBuilder()
            .setInstance(instance)
            .setLeaseId(secret(instance.getService(), instance.getId()))
            .build());
  }

  /** Takes it off the list, with a reason. */
  void deregister(String service, String id, String reason) {
    registry.deregister(
        DeregisterRequest.newBuilder().setLeaseId(secret(service, id)).setReason(reason).build());
  }

  private static String secret(String service, String id) {
    return ("secret-of-" + service + "-" + id + "-----------").replace('.', '_');
  }
}
