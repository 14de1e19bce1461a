// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Setting;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.store.record.CauseProto;
import dev.rollcall.server.store.record.ChangeProto;
import dev.rollcall.server.store.record.HealthCheckProto;
import dev.rollcall.server.store.record.RecordProto;
import dev.rollcall.server.store.record.RemoveProto;
import dev.rollcall.server.store.record.SettingProto;
import dev.rollcall.server.store.record.UnsetProto;
import java.time.Duration;
import java.time.Instant;

/**
 * Records and changes as the bytes that stores keep. Times and durations are kept in whole
 * milliseconds; revisions are not part of the bytes, the store that numbers knows them. May be used
 * from any thread.
 */
public final class RecordCodec {
  /** Most of what a record says is said by many: half the memory, and half the work to move it. */
  private static final SharedValues SHARED = new SharedValues();

  private RecordCodec() {}

  /**
   * The bytes of a record.
   *
   * @throws ArithmeticException if a time or duration does not fit into 64 bits of milliseconds
   */
  public static byte[] encode(Registration registration) {
    return record(registration).toByteArray();
  }

  /**
   * The bytes of the record that a change makes; none where it takes one away.
   *
   * @throws ArithmeticException if a time or duration does not fit into 64 bits of milliseconds
   */
  public static byte[] encodeRecord(Change change) {
    if (change instanceof Change.Put put) {
      return encode(put.registration());
    }
    return change instanceof Change.Set set ? setting(set.setting()).toByteArray() : new byte[0];
  }

  /**
   * The setting of these bytes, as committed at a revision.
   *
   * @throws IllegalArgumentException if the bytes are no setting that this version knows
   */
  public static Setting setting(byte[] bytes, long revision) {
    try {
      return setting(SettingProto.parseFrom(bytes), revision);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("not a setting: " + e.getMessage(), e);
    }
  }

  private static Setting setting(SettingProto setting, long revision) {
    return new Setting(setting.getKey(), setting.getValue(), cause(setting.getCause()), revision);
  }

  private static SettingProto setting(Setting setting) {
    return SettingProto.newBuilder()
        .setKey(setting.key())
        .setValue(setting.value())
        .setCause(cause(setting.cause()))
        .build();
  }

  /**
   * The bytes of a change.
   *
   * @throws ArithmeticException if a time or duration does not fit into 64 bits of milliseconds
   */
  public static byte[] encode(Change change) {
    ChangeProto.Builder bytes = ChangeProto.newBuilder();
    if (change instanceof Change.Put put) {
      bytes.setPut(record(put.registration()));
    } else if (change instanceof Change.Set set) {
      bytes.setSet(setting(set.setting()));
    } else if (change instanceof Change.Unset unset) {
      bytes.setUnset(UnsetProto.newBuilder().setKey(unset.name()).setCause(cause(unset.cause())));
    } else {
      bytes.setRemove(
          RemoveProto.newBuilder()
              .setService(change.key().service())
              .setId(change.key().id())
              .setCause(cause(change.cause())));
    }
    return bytes.build().toByteArray();
  }

  /**
   * The record of these bytes, as committed at a revision.
   *
   * @throws IllegalArgumentException if the bytes are no record that this version knows
   */
  public static Registration registration(byte[] bytes, long revision) {
    return registration(bytes, 0, revision);
  }

  /**
   * The record of these bytes but for the first ones, as committed at a revision.
   *
   * @throws IllegalArgumentException if the bytes are no record that this version knows
   */
  public static Registration registration(byte[] bytes, int from, long revision) {
    try {
      return registration(
          RecordProto.parser().parseFrom(bytes, from, bytes.length - from), revision);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("not a record: " + e.getMessage(), e);
    }
  }

  /**
   * The change of these bytes, as committed at a revision.
   *
   * @throws IllegalArgumentException if the bytes are no change that this version knows
   */
  public static Change change(byte[] bytes, long revision) {
    ChangeProto change;
    try {
      change = ChangeProto.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("not a change: " + e.getMessage(), e);
    }
    return switch (change.getKindCase()) {
      case PUT -> new Change.Put(registration(change.getPut(), revision));
      case REMOVE -> removal(change.getRemove());
      case SET -> new Change.Set(setting(change.getSet(), revision));
      case UNSET ->
          new Change.Unset(change.getUnset().getKey(), cause(change.getUnset().getCause()));
      case KIND_NOT_SET ->
          throw new IllegalArgumentException("not a change: neither a put nor a removal");
    };
  }

  private static Change removal(RemoveProto remove) {
    return new Change.Remove(
        new InstanceKey(remove.getService(), remove.getId()), cause(remove.getCause()));
  }

  private static RecordProto record(Registration registration) {
    Instance instance = registration.instance();
    RecordProto.Builder record = RecordProto.newBuilder();
    if (instance.healthCheck() != null) {
      record.setHealthCheck(check(instance.healthCheck()));
    }
    return record
        .setService(instance.service())
        .setId(instance.id())
        .setAddress(instance.address())
        .putAllEndpoints(instance.endpoints())
        .setVersion(instance.version())
        .setZone(instance.zone())
        .setWeight(instance.weight())
        .putAllMetadata(instance.metadata())
        .addAllRequires(instance.requires())
        .setLeaseTtlMillis(instance.leaseTtl().toMillis())
        .setLease(registration.lease().hash())
        .setProbeRenewsLease(instance.probeRenewsLease())
        .setStatus(number(registration.status()))
        .setHeld(registration.held())
        .setRegisteredAtMillis(registration.registeredAt().toEpochMilli())
        .setCause(cause(registration.cause()))
        .build();
  }

  private static Registration registration(RecordProto record, long revision) {
    Instance instance =
        new Instance(
            SHARED.ofText(record.getService()),
            record.getId(),
            record.getAddress(),
            SHARED.ofMap(record.getEndpointsMap()),
            SHARED.ofText(record.getVersion()),
            SHARED.ofText(record.getZone()),
            record.getWeight(),
            SHARED.ofMap(record.getMetadataMap()),
            SHARED.ofList(record.getRequiresList()),
            SHARED.of(Duration.ofMillis(record.getLeaseTtlMillis())),
            record.hasHealthCheck() ? SHARED.of(check(record.getHealthCheck())) : null,
            record.getProbeRenewsLease());
    return new Registration(
        instance,
        new LeaseKey(record.getLease()),
        status(record.getStatus()),
        record.getHeld(),
        Instant.ofEpochMilli(record.getRegisteredAtMillis()),
        cause(record.getCause()),
        revision);
  }

  private static HealthCheckProto check(HealthCheck check) {
    HealthCheckProto.Builder bytes =
        HealthCheckProto.newBuilder()
            .setIntervalMillis(check.interval().toMillis())
            .setTimeoutMillis(check.timeout().toMillis())
            .setUnhealthyAfter(check.unhealthyAfter())
            .setHealthyAfter(check.healthyAfter())
            .setRemoveAfterMillis(check.removeAfter().toMillis());
    if (check.question() instanceof HealthCheck.Grpc grpc) {
      bytes.getGrpcBuilder().setService(grpc.service()).setTls(grpc.tls());
    } else if (check.question() instanceof HealthCheck.Http http) {
      bytes.getHttpBuilder().setPath(http.path()).setEndpoint(http.endpoint()).setTls(http.tls());
    } else if (check.question() instanceof HealthCheck.Tcp tcp) {
      bytes.getTcpBuilder().setEndpoint(tcp.endpoint());
    }
    return bytes.build();
  }

  private static HealthCheck check(HealthCheckProto check) {
    HealthCheck.Question question =
        switch (check.getQuestionCase()) {
          case GRPC -> new HealthCheck.Grpc(check.getGrpc().getService(), check.getGrpc().getTls());
          case HTTP ->
              new HealthCheck.Http(
                  check.getHttp().getPath(),
                  check.getHttp().getEndpoint(),
                  check.getHttp().getTls());
          case TCP -> new HealthCheck.Tcp(check.getTcp().getEndpoint());
          case QUESTION_NOT_SET ->
              throw new IllegalArgumentException("not a record: a health check without a question");
        };
    return new HealthCheck(
        question,
        Duration.ofMillis(check.getIntervalMillis()),
        Duration.ofMillis(check.getTimeoutMillis()),
        check.getUnhealthyAfter(),
        check.getHealthyAfter(),
        Duration.ofMillis(check.getRemoveAfterMillis()));
  }

  private static CauseProto cause(Cause cause) {
    return CauseProto.newBuilder()
        .setKind(cause.kind().number())
        .setText(cause.text())
        .setCaller(cause.caller())
        .setTimeMillis(cause.time().toEpochMilli())
        .build();
  }

  private static Cause cause(CauseProto cause) {
    return new Cause(
        Cause.Kind.of(cause.getKind()),
        SHARED.ofText(cause.getText()),
        SHARED.ofText(cause.getCaller()),
        Instant.ofEpochMilli(cause.getTimeMillis()));
  }

  private static int number(Status status) {
    return switch (status) {
      case STARTING -> 1;
      case SERVING -> 2;
      case NOT_SERVING -> 3;
      case DRAINING -> 4;
    };
  }

  private static Status status(int number) {
    return switch (number) {
      case 1 -> Status.STARTING;
      case 2 -> Status.SERVING;
      case 3 -> Status.NOT_SERVING;
      case 4 -> Status.DRAINING;
      default ->
          throw new IllegalArgumentException("status: " + number + " (expected: a known number)");
    };
  }
}
