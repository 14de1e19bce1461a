// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import java.util.List;

/**
 * Why a request was refused. A refused request changed nothing.
 *
 * @param message one sentence: what was given, what was expected, what to do
 * @param violations the offending fields, where the reason is {@link Reason#INVALID_FIELD}
 */
public record Rejection(Reason reason, String message, List<Violation> violations) {
  /** Stable, machine-readable reasons; their status codes are decided in one place, at the edge. */
  public enum Reason {
    /** A field breaks its limit or form. */
    INVALID_FIELD,
    /** What was asked for is not built yet. */
    NOT_SUPPORTED,
    /** Another living instance has this id. */
    INSTANCE_ID_TAKEN,
    /** No instance of this name. */
    INSTANCE_UNKNOWN,
    /** No instance of this service in any status. */
    SERVICE_UNKNOWN,
    /** The revisions asked about belong to another lineage. */
    EPOCH_CHANGED,
    /** This server did not reach the revision in time. */
    REVISION_NOT_REACHED,
    /** The answer does not fit into one message. */
    ANSWER_TOO_LARGE,
    /** The record changed again and again while this was decided. */
    CONFLICT,
    /** Too many requests are waiting. */
    TOO_BUSY,
    /** A follower that could not take its snapshot in time, again and again. */
    TOO_SLOW,
    /** No more namespaces are taken. */
    NAMESPACE_LIMIT,
    /** The store's disk is full. */
    STORE_FULL,
    /** The store does not answer. */
    STORE_UNAVAILABLE,
    /** The store did not say in time whether it kept the change. */
    OUTCOME_UNKNOWN,
    /** The server is stopping. */
    STOPPING
  }

  /** One offending field: its path in the request, and what is wrong with it. */
  public record Violation(String field, String description) {}

  /** Copies the list. */
  public Rejection {
    violations = List.copyOf(violations);
  }

  /** A refusal without fields. */
  public static Rejection of(Reason reason, String message) {
    return new Rejection(reason, message, List.of());
  }

  /** A refusal because of fields; the message lists them all. */
  public static Rejection invalid(List<Violation> violations) {
    StringBuilder message = new StringBuilder();
    for (Violation violation : violations) {
      message
          .append(message.isEmpty() ? "" : "; ")
          .append(violation.field())
          .append(": ")
          .append(violation.description());
    }
    return new Rejection(Reason.INVALID_FIELD, message.toString(), violations);
  }
}
