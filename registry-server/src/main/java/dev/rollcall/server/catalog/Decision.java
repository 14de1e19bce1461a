// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

/** What a command comes to, against one catalog. */
public sealed interface Decision {
  /** It changes a record. */
  record Accepted(Change change) implements Decision {}

  /** It may not be. */
  record Refused(Rejection why) implements Decision {}

  /** Things are already as it wants them: nothing to write, and a success. */
  record Nothing() implements Decision {}
}
