// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;

/**
 * How the registry finds out by itself whether an instance works. What is not set is the registry's
 * default: asked every 5 s, answered within 1 s, not usable after two failures. Immutable.
 */
public final class HealthCheck {
  /** What is asked. */
  enum Kind {
    GRPC,
    HTTP,
    TCP
  }

  /**
   * All of it, for the wire.
   *
   * @param target the gRPC service or the HTTP path
   * @param endpoint which of the instance's addresses; empty: the main one
   * @param interval zero: the registry's default, as for the other durations
   */
  record Terms(
      Kind kind,
      String target,
      String endpoint,
      Duration interval,
      Duration timeout,
      Duration removeAfter) {}

  private final Terms terms;

  private HealthCheck(Terms terms) {
    this.terms = terms;
  }

  private static HealthCheck of(Kind kind, String target, String endpoint) {
    return new HealthCheck(
        new Terms(kind, target, endpoint, Duration.ZERO, Duration.ZERO, Duration.ZERO));
  }

  /** The gRPC health protocol, asked for the whole server at the main address. */
  public static HealthCheck grpc() {
    return of(Kind.GRPC, "", "");
  }

  /** An HTTP GET of a path at a named endpoint, such as {@code http}; any 2xx passes. */
  public static HealthCheck http(String path, String endpoint) {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("path: '" + path + "' (expected: it starts with /)");
    }
    return of(Kind.HTTP, path, endpoint);
  }

  /** A TCP connection to the main address. */
  public static HealthCheck tcp() {
    return of(Kind.TCP, "", "");
  }

  /** The time from one question to the next. */
  public HealthCheck every(Duration interval) {
    return new HealthCheck(
        new Terms(
            terms.kind,
            terms.target,
            terms.endpoint,
            positive("every", interval),
            terms.timeout,
            terms.removeAfter));
  }

  /** The time an answer may take. */
  public HealthCheck within(Duration timeout) {
    return new HealthCheck(
        new Terms(
            terms.kind,
            terms.target,
            terms.endpoint,
            terms.interval,
            positive("within", timeout),
            terms.removeAfter));
  }

  /** Takes an instance off the list that has failed for this long; default: only its lease does. */
  public HealthCheck removeAfter(Duration failing) {
    return new HealthCheck(
        new Terms(
            terms.kind,
            terms.target,
            terms.endpoint,
            terms.interval,
            terms.timeout,
            positive("removeAfter", failing)));
  }

  private static Duration positive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: more than 0)");
    }
    return value;
  }

  Terms terms() {
    return terms;
  }
}
