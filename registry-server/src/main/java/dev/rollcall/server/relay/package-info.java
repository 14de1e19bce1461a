// SPDX-License-Identifier: Apache-2.0

/**
 * Messages by name: one goes to a usable instance of a service, the answer comes back.
 *
 * <p>Floor 4 (use cases). No state but what is under way. Answers arrive on one event loop of its
 * own; names are looked up on a small pool.
 */
@NullMarked
package dev.rollcall.server.relay;

import org.jspecify.annotations.NullMarked;
