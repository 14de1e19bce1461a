// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request that was not done: {@code {"error":{"code","status","message","reason","details"}}}.
 */
final class JsonError extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int code;
  private final String json;

  private JsonError(int code, JsonObject error) {
    super(error.get("message").getAsString());
    this.code = code;
    JsonObject whole = new JsonObject();
    whole.add("error", error);
    this.json = whole + "\n";
  }

  /** Refused before any rpc was called. */
  static JsonError of(int code, String reason, String message) {
    JsonObject error = error(code, name(code), message);
    error.addProperty("reason", reason);
    return new JsonError(code, error);
  }

  /** Refused for one field, as an rpc says it. */
  static JsonError ofField(String reason, String field, String description) {
    JsonObject error = error(400, name(400), field + ": " + description);
    error.addProperty("reason", reason);
    JsonArray details = new JsonArray();
    details.add(detail(field, description));
    error.add("details", details);
    return new JsonError(400, error);
  }

  /** What an rpc said, by the usual mapping of its status. */
  static JsonError of(Throwable failure) {
    com.google.rpc.Status status = status(failure);
    if (status == null) {
      return of(500, "INTERNAL", "the registry made a mistake; its log says which");
    }
    Status.Code named = Status.fromCodeValue(status.getCode()).getCode();
    JsonObject error = error(httpCode(named), named.name(), status.getMessage());
    JsonArray fields = new JsonArray();
    for (Any detail : status.getDetailsList()) {
      try {
        if (detail.is(ErrorInfo.class)) {
          error.addProperty("reason", detail.unpack(ErrorInfo.class).getReason());
        } else if (detail.is(BadRequest.class)) {
          detail
              .unpack(BadRequest.class)
              .getFieldViolationsList()
              .forEach(v -> fields.add(detail(v.getField(), v.getDescription())));
        }
      } catch (InvalidProtocolBufferException e) {
        // a detail that cannot be read says nothing
      }
    }
    if (!fields.isEmpty()) {
      error.add("details", fields);
    }
    return new JsonError(httpCode(named), error);
  }

  private static com.google.rpc.@Nullable Status status(Throwable failure) {
    try {
      return StatusProto.fromThrowable(failure);
    } catch (IllegalArgumentException e) {
      // a receiver's own details, which are no google.rpc.Status
      Status plain = Status.fromThrowable(failure);
      return com.google.rpc.Status.newBuilder()
          .setCode(plain.getCode().value())
          .setMessage(Objects.toString(plain.getDescription(), ""))
          .build();
    }
  }

  private static JsonObject detail(String field, String description) {
    JsonObject detail = new JsonObject();
    detail.addProperty("field", field);
    detail.addProperty("description", description);
    return detail;
  }

  private static JsonObject error(int code, String status, String message) {
    JsonObject error = new JsonObject();
    error.addProperty("code", code);
    error.addProperty("status", status);
    error.addProperty("message", message);
    return error;
  }

  private static String name(int code) {
    return switch (code) {
      case 404 -> "NOT_FOUND";
      case 405 -> "UNIMPLEMENTED";
      case 408 -> "DEADLINE_EXCEEDED";
      case 413 -> "RESOURCE_EXHAUSTED";
      case 403, 421 -> "PERMISSION_DENIED";
      case 503 -> "UNAVAILABLE";
      case 500 -> "INTERNAL";
      default -> "INVALID_ARGUMENT";
    };
  }

  /** As google.rpc.Code documents it. */
  private static int httpCode(Status.Code code) {
    return switch (code) {
      case OK -> 200;
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
      case UNAUTHENTICATED -> 401;
      case PERMISSION_DENIED -> 403;
      case NOT_FOUND -> 404;
      case ALREADY_EXISTS, ABORTED -> 409;
      case RESOURCE_EXHAUSTED -> 429;
      case CANCELLED -> 499;
      case UNIMPLEMENTED -> 501;
      case UNAVAILABLE -> 503;
      case DEADLINE_EXCEEDED -> 504;
      default -> 500;
    };
  }

  /** The HTTP status. */
  int code() {
    return code;
  }

  /** The body. */
  String json() {
    return json;
  }
}
