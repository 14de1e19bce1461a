// SPDX-License-Identifier: Apache-2.0

/**
 * The gRPC face: protos in and out, streams to watchers, status codes.
 *
 * <p>Floor 5 (faces). Unary calls run on gRPC's event loop, each watch stream on a serial loop.
 */
@NullMarked
package dev.rollcall.server.grpc;

import org.jspecify.annotations.NullMarked;
