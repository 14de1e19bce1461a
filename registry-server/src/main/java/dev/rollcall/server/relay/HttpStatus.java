// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

import io.grpc.Status;

/** What an HTTP status means in gRPC's words, as google.rpc.Code maps them. Pure. */
final class HttpStatus {
  private HttpStatus() {}

  static Status of(int code) {
    return switch (code) {
      case 400 -> Status.INVALID_ARGUMENT;
      case 401 -> Status.UNAUTHENTICATED;
      case 403 -> Status.PERMISSION_DENIED;
      case 404 -> Status.NOT_FOUND;
      case 409 -> Status.ABORTED;
      case 412 -> Status.FAILED_PRECONDITION;
      case 413, 429 -> Status.RESOURCE_EXHAUSTED;
      case 499 -> Status.CANCELLED;
      case 500 -> Status.INTERNAL;
      case 501 -> Status.UNIMPLEMENTED;
      case 502, 503 -> Status.UNAVAILABLE;
      case 504 -> Status.DEADLINE_EXCEEDED;
      default -> Status.UNKNOWN;
    };
  }
}
