// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

/** What became of a request: done, or refused for a reason. Refusals are values, not exceptions. */
public sealed interface Outcome<T> {
  /** It is done. */
  record Done<T>(T value) implements Outcome<T> {}

  /** It was refused. */
  record Refused<T>(Rejection why) implements Outcome<T> {}
}
