// SPDX-License-Identifier: Apache-2.0

/**
 * The use cases of discovery: register, beat, deregister, get, list, and what silence leads to.
 *
 * <p>Floor 4 (use cases). No loop of its own: it validates where it is called and submits commands
 * to the ledger.
 */
@NullMarked
package dev.rollcall.server.registry;

import org.jspecify.annotations.NullMarked;
