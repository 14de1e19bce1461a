// SPDX-License-Identifier: Apache-2.0

/**
 * Who answers: active health checks over TCP, HTTP and gRPC, and what they come to.
 *
 * <p>Floor 2 (parts); it may use io.grpc as a client. Schedule, tallies and verdicts live on the
 * probe loop. Sockets are served by one selector thread, gRPC by one event loop; only HTTPS and DNS
 * look-ups block, in bounded pools. No target has a thread of its own.
 */
@NullMarked
package dev.rollcall.server.probe;

import org.jspecify.annotations.NullMarked;
