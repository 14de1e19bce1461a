// SPDX-License-Identifier: Apache-2.0

/**
 * Who is told: the ring of recent changes, and one cursor for each follower.
 *
 * <p>Floor 2 (parts). Rings and the list of followers are written on the ledger's loop; each
 * follower is a cursor that runs on the loop of its stream.
 */
@NullMarked
package dev.rollcall.server.watch;

import org.jspecify.annotations.NullMarked;
