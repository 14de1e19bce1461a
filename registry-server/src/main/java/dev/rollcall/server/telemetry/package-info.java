// SPDX-License-Identifier: Apache-2.0

/**
 * What operators see: measurements, each defined once.
 *
 * <p>Floor 1 (ground). Written from any thread without locks.
 */
@NullMarked
package dev.rollcall.server.telemetry;

import org.jspecify.annotations.NullMarked;
