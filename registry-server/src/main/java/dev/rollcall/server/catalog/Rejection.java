// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import java.util.ArrayList;
import java.util.List;

/**
 * Why a request was refused. A refused request changed nothing.
 *
 * <p>It travels in the trailers of a call, message and fields together, and the fields a second
 * time inside the message. Clients take 8 KiB of trailers, and of more than that they show nothing
 * at all, so a refusal is kept well below, whatever it quotes.
 *
 * @param message one sentence: what was given, what was expected, what to do
 * @param violations the offending fields, where the reason is {@link Reason#INVALID_FIELD}
 */
public record Rejection(Reason reason, String message, List<Violation> violations) {
  private static final int SHOWN = 10;
  private static final int SHOWN_CHARACTERS = 1_200;
  private static final int FIELD_CHARACTERS = 200;
  private static final int DESCRIPTION_CHARACTERS = 300;
  private static final int MESSAGE_CHARACTERS = 1_500;

  /** Stable, machine-readable reasons; their status codes are decided in one place, at the edge. */
  public enum Reason {
    /** A field breaks its limit or form. */
    INVALID_FIELD,
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
    /** No setting of this key. */
    KEY_UNKNOWN,
    /** The setting is not at the revision that the caller expected. */
    REVISION_MISMATCH,
    /** The namespace's settings would take too much. */
    CONFIG_FULL,
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
    STOPPING,
    /** A message that was relayed already. */
    RELAY_LOOP,
    /** Too many messages to one service are under way. */
    RELAY_BUSY,
    /** A service has instances, but none that may be called. */
    NOBODY_USABLE,
    /** None of the instances tried could be reached. */
    RECEIVER_UNREACHABLE
  }

  /** One offending field: its path in the request, and what is wrong with it. */
  public record Violation(String field, String description) {
    /** Cuts what is too long to be sent. */
    public Violation {
      field = cut(field, FIELD_CHARACTERS);
      description = cut(description, DESCRIPTION_CHARACTERS);
    }

    private int length() {
      return field.length() + description.length();
    }
  }

  /** Copies the list, and cuts a message that is too long to be sent. */
  public Rejection {
    message = cut(message, MESSAGE_CHARACTERS);
    violations = List.copyOf(violations);
  }

  /** A refusal without fields. */
  public static Rejection of(Reason reason, String message) {
    return new Rejection(reason, message, List.of());
  }

  /** A refusal because of fields; it shows the first ones and says how many more there are. */
  public static Rejection invalid(List<Violation> violations) {
    List<Violation> shown = new ArrayList<>(SHOWN);
    StringBuilder message = new StringBuilder();
    int length = 0;
    for (Violation violation : violations) {
      length += violation.length();
      if (shown.size() == SHOWN || length > SHOWN_CHARACTERS) {
        message.append("; and ").append(violations.size() - shown.size()).append(" more");
        break;
      }
      shown.add(violation);
      message
          .append(message.isEmpty() ? "" : "; ")
          .append(violation.field())
          .append(": ")
          .append(violation.description());
    }
    return new Rejection(Reason.INVALID_FIELD, message.toString(), shown);
  }

  private static String cut(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most - 3) + "...";
  }
}
