// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

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
}
