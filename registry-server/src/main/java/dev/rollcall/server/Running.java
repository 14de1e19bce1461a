// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import java.io.IOException;

/** A server that answers. */
public interface Running extends AutoCloseable {
  /** The gRPC port that is open. */
  int grpcPort();

  /** The HTTP port that is open. */
  int httpPort();

  /** Stops taking calls, finishes those under way, and keeps what was answered. Idempotent. */
  @Override
  void close();

  /** Starts servers. */
  interface Starter {
    /**
     * Starts one.
     *
     * @throws StartException if a port cannot be opened
     * @throws dev.rollcall.server.store.StoreException if the store cannot be used
     * @throws IOException on any other failure of the network
     */
    Running start(ServerConfig config) throws IOException;
  }
}
