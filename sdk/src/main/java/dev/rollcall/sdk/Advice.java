// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import io.grpc.Status;

/** Sentences that callers of a service read when it cannot be called. */
final class Advice {
  private Advice() {}

  static String noInstance(String service) {
    return "service "
        + service
        + " has no usable instance: start one that registers as '"
        + service
        + "', or ask the registry with all_statuses why those there are not usable";
  }

  /** What a status says to people; a refused connection stands only in its cause. */
  static String why(Status status) {
    String said =
        status.getDescription() == null ? status.getCode().name() : status.getDescription();
    Throwable cause = status.getCause();
    return cause == null || cause.getMessage() == null
        ? said
        : said + " (" + cause.getMessage() + ")";
  }
}
