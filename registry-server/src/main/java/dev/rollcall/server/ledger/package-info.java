// SPDX-License-Identifier: Apache-2.0

/**
 * The one way in: decide, append, apply, publish.
 *
 * <p>Floor 3 (heart). Everything here runs on the ledger loop, which is the only writer of each
 * namespace's catalog.
 */
@NullMarked
package dev.rollcall.server.ledger;

import org.jspecify.annotations.NullMarked;
