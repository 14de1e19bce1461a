// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import java.time.Duration;
import java.time.Instant;

/**
 * One finished probe, for display.
 *
 * @param time when it ended, by the wall clock
 * @param took from its start to its end
 * @param detail what was found, such as "connection refused"
 */
public record ProbeResult(Instant time, Duration took, boolean passed, String detail) {}
