// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

import io.grpc.Status;
import java.net.ConnectException;

/** Why a receiver was not reached, in a few words. Pure. */
final class Trouble {
  /** How gRPC describes a connection that the receiver closed. */
  private static final String CLOSED = "Network closed for unknown reason";

  private Trouble() {}

  /** Empty: the receiver itself said so. */
  static String of(Status status) {
    if (status.getCode() != Status.Code.UNAVAILABLE) {
      return "";
    }
    Throwable cause = status.getCause();
    if (cause != null) {
      return of(cause);
    }
    return CLOSED.equals(status.getDescription()) ? "connection closed before an answer" : "";
  }

  static String of(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      String text = String.valueOf(cause.getMessage());
      if (cause instanceof ConnectException && text.contains("refused")) {
        return "connection refused";
      }
      if (text.contains("timed out")) {
        return "no connection in time";
      }
      if (text.contains("reset") || text.contains("Broken pipe")) {
        return "connection reset";
      }
      if (text.contains("not a valid HTTP/2") || text.contains("preface")) {
        return "not gRPC";
      }
    }
    return "cannot connect: " + error.getClass().getSimpleName();
  }
}
