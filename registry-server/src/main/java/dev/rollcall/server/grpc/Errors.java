// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;

/** The only place where a refusal becomes a status code and its google.rpc details. Pure. */
final class Errors {
  static final String DOMAIN = "rollcall.dev";
  private static final Duration SOON = Duration.newBuilder().setSeconds(1).build();

  private Errors() {}

  static StatusRuntimeException status(Rejection why) {
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(code(why.reason()).value())
            .setMessage(why.message())
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setReason(why.reason().name())
                        .setDomain(DOMAIN)
                        .build()));
    if (!why.violations().isEmpty()) {
      BadRequest.Builder fields = BadRequest.newBuilder();
      for (Rejection.Violation violation : why.violations()) {
        fields
            .addFieldViolationsBuilder()
            .setField(violation.field())
            .setDescription(violation.description());
      }
      status.addDetails(Any.pack(fields.build()));
    }
    if (passes(why.reason())) {
      status.addDetails(Any.pack(RetryInfo.newBuilder().setRetryDelay(SOON).build()));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  /** A mistake of this server; what it was stands in its log. */
  static StatusRuntimeException internal() {
    return Status.INTERNAL
        .withDescription("the registry made a mistake; its log says which. Reads are safe to retry")
        .asRuntimeException();
  }

  /**
   * By grpc's own test: UNAVAILABLE says retry the call, ABORTED says read again and start over,
   * FAILED_PRECONDITION says fix the state first.
   */
  private static Status.Code code(Reason reason) {
    return switch (reason) {
      case INVALID_FIELD -> Status.Code.INVALID_ARGUMENT;
      case INSTANCE_ID_TAKEN -> Status.Code.ALREADY_EXISTS;
      case INSTANCE_UNKNOWN, SERVICE_UNKNOWN, KEY_UNKNOWN -> Status.Code.NOT_FOUND;
      case EPOCH_CHANGED, RELAY_LOOP -> Status.Code.FAILED_PRECONDITION;
      case CONFLICT, REVISION_MISMATCH -> Status.Code.ABORTED;
      case ANSWER_TOO_LARGE, TOO_BUSY, TOO_SLOW, NAMESPACE_LIMIT, CONFIG_FULL, RELAY_BUSY ->
          Status.Code.RESOURCE_EXHAUSTED;
      case REVISION_NOT_REACHED,
          STORE_FULL,
          STORE_UNAVAILABLE,
          OUTCOME_UNKNOWN,
          STOPPING,
          NOBODY_USABLE,
          RECEIVER_UNREACHABLE ->
          Status.Code.UNAVAILABLE;
    };
  }

  /** Whether the same call may succeed a little later without anyone doing anything. */
  private static boolean passes(Reason reason) {
    return switch (reason) {
      case REVISION_NOT_REACHED,
          TOO_BUSY,
          STORE_FULL,
          STORE_UNAVAILABLE,
          OUTCOME_UNKNOWN,
          STOPPING,
          RELAY_BUSY,
          NOBODY_USABLE,
          RECEIVER_UNREACHABLE ->
          true;
      default -> false;
    };
  }
}
