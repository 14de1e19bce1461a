// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.registry.v1.GrpcCheck;
import dev.rollcall.registry.v1.HttpCheck;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.TcpCheck;
import java.time.Duration;

/** The only translation between the registry's messages and the client's values. */
final class Wire {
  private Wire() {}

  static ServiceInstance instance(Instance from) {
    return new ServiceInstance(
        from.getService(),
        from.getId(),
        from.getAddress(),
        from.getEndpointsMap(),
        from.getVersion(),
        from.getZone(),
        from.hasWeight() ? from.getWeight() : ServiceInstance.DEFAULT_WEIGHT,
        from.getMetadataMap(),
        from.getRequiresList(),
        from.getProtected());
  }

  static Instance.Builder instance(ServiceInstance from) {
    return Instance.newBuilder()
        .setService(from.service())
        .setId(from.id())
        .setAddress(from.address())
        .putAllEndpoints(from.endpoints())
        .setVersion(from.version())
        .setZone(from.zone())
        .setWeight(from.weight())
        .putAllMetadata(from.metadata())
        .addAllRequires(from.requires());
  }

  static dev.rollcall.registry.v1.HealthCheck check(HealthCheck from) {
    HealthCheck.Terms terms = from.terms();
    var check = dev.rollcall.registry.v1.HealthCheck.newBuilder();
    switch (terms.kind()) {
      case GRPC -> check.setGrpc(GrpcCheck.newBuilder().setService(terms.target()));
      case HTTP ->
          check.setHttp(
              HttpCheck.newBuilder().setPath(terms.target()).setEndpoint(terms.endpoint()));
      case TCP -> check.setTcp(TcpCheck.newBuilder().setEndpoint(terms.endpoint()));
    }
    if (!terms.interval().isZero()) {
      check.setInterval(duration(terms.interval()));
    }
    if (!terms.timeout().isZero()) {
      check.setTimeout(duration(terms.timeout()));
    }
    if (!terms.removeAfter().isZero()) {
      check.setRemoveAfter(duration(terms.removeAfter()));
    }
    return check.build();
  }

  static Cause cause(dev.rollcall.registry.v1.Cause from) {
    String kind = from.getKind().name().replace("CAUSE_KIND_", "");
    return new Cause(kind, from.getText(), from.getCaller());
  }

  static Duration duration(com.google.protobuf.Duration from) {
    return Duration.ofSeconds(from.getSeconds(), from.getNanos());
  }

  static com.google.protobuf.Duration duration(Duration from) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(from.getSeconds())
        .setNanos(from.getNano())
        .build();
  }
}
