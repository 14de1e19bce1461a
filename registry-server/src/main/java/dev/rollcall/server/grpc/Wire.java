// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import com.google.protobuf.Timestamp;
import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.DeregisterRequest;
import dev.rollcall.registry.v1.DrainRequest;
import dev.rollcall.registry.v1.InstanceRef;
import dev.rollcall.registry.v1.InstanceStatus;
import dev.rollcall.registry.v1.ServiceSummary;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change.Put;
import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.registry.Departures;
import dev.rollcall.server.registry.Draft;
import dev.rollcall.server.registry.Names;
import dev.rollcall.server.watch.FrameEncoder;
import dev.rollcall.server.watch.WatchEvent;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The protos of the registry, to and from the values of the catalog; nothing else. Pure. */
public final class Wire implements FrameEncoder {
  @Override
  public byte[] upsert(dev.rollcall.server.catalog.Change change) {
    if (!(change instanceof Put put)) {
      throw new IllegalArgumentException("no instance: " + change);
    }
    Registration registration = put.registration();
    return frame(
        Change.newBuilder()
            .setUpsert(instance(registration))
            .setCause(cause(registration.cause()))
            .build());
  }

  @Override
  public byte[] removed(dev.rollcall.server.catalog.Change change) {
    InstanceKey key = change.key();
    return frame(
        Change.newBuilder()
            .setRemoved(InstanceRef.newBuilder().setService(key.service()).setId(key.id()))
            .setCause(cause(change.cause()))
            .build());
  }

  /** The header of this message, in front of frames that all followers share. */
  static RawMessage message(WatchEvent event, Timestamp asOf) {
    Position position = event.position();
    byte[] header =
        WatchResponse.newBuilder()
            .setEpoch(position.epoch())
            .setRevision(position.revision())
            .setNonce(position.nonce())
            .setSnapshot(event.snapshot())
            .setMore(event.more())
            .setRecovering(event.recovering())
            .setAsOf(asOf)
            .build()
            .toByteArray();
    return new RawMessage(header, event.frames());
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
        instance.hasHealthCheck() ? check(instance.getHealthCheck()) : null,
        instance.getProbeRenewsLease());
  }

  private static Draft.Check check(dev.rollcall.registry.v1.HealthCheck check) {
    return new Draft.Check(
        question(check),
        check.hasInterval() ? duration(check.getInterval()) : null,
        check.hasTimeout() ? duration(check.getTimeout()) : null,
        Integer.toUnsignedLong(check.getUnhealthyAfter()),
        Integer.toUnsignedLong(check.getHealthyAfter()),
        check.hasRemoveAfter() ? duration(check.getRemoveAfter()) : null);
  }

  private static HealthCheck.@Nullable Question question(
      dev.rollcall.registry.v1.HealthCheck check) {
    return switch (check.getKindCase()) {
      case GRPC -> new HealthCheck.Grpc(check.getGrpc().getService(), check.getGrpc().getTls());
      case HTTP ->
          new HealthCheck.Http(
              check.getHttp().getPath(), check.getHttp().getEndpoint(), check.getHttp().getTls());
      case TCP -> new HealthCheck.Tcp(check.getTcp().getEndpoint());
      case KIND_NOT_SET -> null;
    };
  }

  private static dev.rollcall.registry.v1.HealthCheck check(HealthCheck check) {
    dev.rollcall.registry.v1.HealthCheck.Builder answer =
        dev.rollcall.registry.v1.HealthCheck.newBuilder()
            .setInterval(duration(check.interval()))
            .setTimeout(duration(check.timeout()))
            .setUnhealthyAfter(check.unhealthyAfter())
            .setHealthyAfter(check.healthyAfter())
            .setRemoveAfter(duration(check.removeAfter()));
    if (check.question() instanceof HealthCheck.Grpc grpc) {
      answer.getGrpcBuilder().setService(grpc.service()).setTls(grpc.tls());
    } else if (check.question() instanceof HealthCheck.Http http) {
      answer.getHttpBuilder().setPath(http.path()).setEndpoint(http.endpoint()).setTls(http.tls());
    } else if (check.question() instanceof HealthCheck.Tcp tcp) {
      answer.getTcpBuilder().setEndpoint(tcp.endpoint());
    }
    return answer.build();
  }

  static Departures.Call departure(DrainRequest request, String caller) {
    return new Departures.Call(
        Names.namespace(request.getNamespace()),
        request.getLeaseId(),
        request.getService(),
        request.getId(),
        request.getReason(),
        caller);
  }

  static Departures.Call departure(DeregisterRequest request, String caller) {
    return new Departures.Call(
        Names.namespace(request.getNamespace()),
        request.getLeaseId(),
        request.getService(),
        request.getId(),
        request.getReason(),
        caller);
  }

  static dev.rollcall.registry.v1.Instance instance(Registration registration) {
    Instance instance = registration.instance();
    var answer = dev.rollcall.registry.v1.Instance.newBuilder();
    if (instance.healthCheck() != null) {
      answer.setHealthCheck(check(instance.healthCheck()));
    }
    return answer
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
        .setProbeRenewsLease(instance.probeRenewsLease())
        .setStatus(status(registration.status()))
        .setProtected(registration.held())
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

  static dev.rollcall.registry.v1.Cause cause(Cause cause) {
    return dev.rollcall.registry.v1.Cause.newBuilder()
        .setKind(CauseKind.forNumber(cause.kind().number()))
        .setText(cause.text())
        .setCaller(cause.caller())
        .setTime(timestamp(cause.time()))
        .build();
  }

  static InstanceStatus status(Status status) {
    return switch (status) {
      case STARTING -> InstanceStatus.INSTANCE_STATUS_STARTING;
      case SERVING -> InstanceStatus.INSTANCE_STATUS_SERVING;
      case NOT_SERVING -> InstanceStatus.INSTANCE_STATUS_NOT_SERVING;
      case DRAINING -> InstanceStatus.INSTANCE_STATUS_DRAINING;
    };
  }
}
