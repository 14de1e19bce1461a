// SPDX-License-Identifier: Apache-2.0

/**
 * The HTTP face: the registry as JSON and as streams, the dashboard's files, metrics, and whether
 * the server lives and is ready.
 *
 * <p>Floor 5 (faces). No loop: requests are answered on a pool of the port's own, bodies and
 * streams as there is something to read or room to write.
 */
@NullMarked
package dev.rollcall.server.http;

import org.jspecify.annotations.NullMarked;
