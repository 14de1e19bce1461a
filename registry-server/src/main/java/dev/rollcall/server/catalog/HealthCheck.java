// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import java.time.Duration;

/**
 * How an instance is probed.
 *
 * @param interval from one probe to the next
 * @param timeout the total time a probe may take
 * @param unhealthyAfter consecutive failures until the instance is NOT_SERVING
 * @param healthyAfter consecutive successes until it is SERVING again
 * @param removeAfter NOT_SERVING for this long: removed; zero: only the lease removes it
 */
public record HealthCheck(
    Question question,
    Duration interval,
    Duration timeout,
    int unhealthyAfter,
    int healthyAfter,
    Duration removeAfter) {

  /** What is asked of an instance. */
  public sealed interface Question {
    /** How it is asked, in one word. */
    String protocol();
  }

  /**
   * The gRPC health protocol, at the instance's address.
   *
   * @param service asked for; empty: the whole server
   */
  public record Grpc(String service, boolean tls) implements Question {
    @Override
    public String protocol() {
      return "grpc";
    }
  }

  /**
   * An HTTP GET that any 2xx passes.
   *
   * @param endpoint which of the instance's endpoints; empty: its address
   */
  public record Http(String path, String endpoint, boolean tls) implements Question {
    @Override
    public String protocol() {
      return "http";
    }
  }

  /**
   * A TCP connect.
   *
   * @param endpoint which of the instance's endpoints; empty: its address
   */
  public record Tcp(String endpoint) implements Question {
    @Override
    public String protocol() {
      return "tcp";
    }
  }
}
