// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import com.google.protobuf.Timestamp;
import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.InstanceRef;
import dev.rollcall.registry.v1.InstanceStatus;
import dev.rollcall.registry.v1.ServiceSummary;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.registry.Draft;
import dev.rollcall.server.watch.FrameEncoder;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;

/** The protos of the registry, to and from the values of the catalog; nothing else. Pure. */
public final class Wire implements FrameEncoder {
  @Override
  public byte[] upsert(Registration registration) {
    return frame(
        Change.newBuilder()
            .setUpsert(instance(registration))
            .setCause(cause(registration.cause()))
            .build());
  }

  @Override
  public byte[] removed(InstanceKey key, Cause cause) {
    return frame(
        Change.newBuilder()
            .setRemoved(InstanceRef.newBuilder().setService(key.service()).setId(key.id()))
            .setCause(cause(cause))
            .build());
  }

  /** One element of a watch message: appending it to a message adds the change to it. */
  private static byte[] frame(Change change) {
    return WatchResponse.newBuilder().addChanges(change).build().toByteArray();
  }

  static Draft draft(dev.rollcall.registry.v1.Instance instance) {
    return new Draft(
        instance.getService(),
        instance.getId(),
        instance.getAddress(),
        instance.getEndpointsMap(),
        instance.getVersion(),
        instance.getZone(),
        instance.hasWeight()
            ? OptionalLong.of(Integer.toUnsignedLong(instance.getWeight()))
            : OptionalLong.empty(),
        instance.getMetadataMap(),
        instance.getRequiresList(),
        instance.hasLeaseTtl() ? duration(instance.getLeaseTtl()) : null,
        instance.hasHealthCheck() || instance.getProbeRenewsLease());
  }

  static dev.rollcall.registry.v1.Instance instance(Registration registration) {
    Instance instance = registration.instance();
    return dev.rollcall.registry.v1.Instance.newBuilder()
        .setService(instance.service())
        .setId(instance.id())
        .setAddress(instance.address())
        .putAllEndpoints(instance.endpoints())
        .setVersion(instance.version())
        .setZone(instance.zone())
        .setWeight(instance.weight())
        .putAllMetadata(instance.metadata())
        .addAllRequires(instance.requires())
        .setLeaseTtl(duration(instance.leaseTtl()))
        .setStatus(status(registration.status()))
        .setRegisteredAt(timestamp(registration.registeredAt()))
        .setRevision(registration.revision())
        .build();
  }

  static ServiceSummary.Builder summary(ServiceView service) {
    return ServiceSummary.newBuilder()
        .setService(service.name())
        .setUsable(service.usable())
        .setStarting(service.counts().starting())
        .setServing(service.counts().serving())
        .setNotServing(service.counts().notServing())
        .setDraining(service.counts().draining())
        .setRevision(service.revision(View.ALL));
  }

  static Timestamp timestamp(Instant instant) {
    return Timestamp.newBuilder()
        .setSeconds(instant.getEpochSecond())
        .setNanos(instant.getNano())
        .build();
  }

  static com.google.protobuf.Duration duration(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }

  private static Duration duration(com.google.protobuf.Duration duration) {
    try {
      return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
    } catch (ArithmeticException | DateTimeException e) {
      // beyond what can be counted: refused like any other duration that is out of range
      return Duration.ofSeconds(Long.MAX_VALUE);
    }
  }

  private static dev.rollcall.registry.v1.Cause cause(Cause cause) {
    return dev.rollcall.registry.v1.Cause.newBuilder()
        .setKind(CauseKind.forNumber(cause.kind().number()))
        .setText(cause.text())
        .setCaller(cause.caller())
        .setTime(timestamp(cause.time()))
        .build();
  }

  private static InstanceStatus status(Status status) {
    return switch (status) {
      case STARTING -> InstanceStatus.INSTANCE_STATUS_STARTING;
      case SERVING -> InstanceStatus.INSTANCE_STATUS_SERVING;
      case NOT_SERVING -> InstanceStatus.INSTANCE_STATUS_NOT_SERVING;
      case DRAINING -> InstanceStatus.INSTANCE_STATUS_DRAINING;
    };
  }
}
