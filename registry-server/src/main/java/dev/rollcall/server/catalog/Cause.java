// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import java.time.Instant;

/**
 * Who changed something, and why.
 *
 * @param text a short sentence with numbers, for people
 * @param caller the caller's identity or address; empty where the registry itself acted
 * @param time by the server's wall clock: for display, never for ordering
 */
public record Cause(Kind kind, String text, String caller, Instant time) {
  /** The rules by which an instance appears, changes and goes. The numbers are kept in stores. */
  public enum Kind {
    /** A new id was registered. */
    REGISTERED(1),
    /** Its owner registered it again with other content. */
    UPDATED(2),
    /** Another owner took over an id that was not heard any more. */
    REPLACED(3),
    /** The health check succeeded for the first time. */
    STARTED(4),
    /** The health check succeeds again. */
    PROBE_PASSED(5),
    /** The health check fails. */
    PROBE_FAILED(6),
    /** The connection that carried its heartbeats was lost. */
    CONNECTION_LOST(7),
    /** A heartbeat came after CONNECTION_LOST. */
    HEARD_AGAIN(8),
    /** Its owner asked for no new traffic. */
    DRAINED(9),
    /** Its owner took it off the list. */
    DEREGISTERED(10),
    /** No heartbeat within its lease. */
    LEASE_EXPIRED(11),
    /** NOT_SERVING for longer than it may be. */
    REMOVE_AFTER(12),
    /** Held: too many of its service went at once. */
    PROTECTED(13),
    /** No longer held. */
    RELEASED(14),
    /** An operator did it, by name instead of by the lease's secret. */
    OPERATOR(15),
    /** The store lost it, and a server that still knew it brought it back. */
    RECOVERED(16);

    private static final Kind[] ALL = values();

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    /** The number of this kind on the wire and in stores. */
    public int number() {
      return number;
    }

    /** The kind with this number. */
    public static Kind of(int number) {
      for (Kind kind : ALL) {
        if (kind.number == number) {
          return kind;
        }
      }
      throw new IllegalArgumentException("cause kind: " + number + " (expected: a known number)");
    }
  }
}
