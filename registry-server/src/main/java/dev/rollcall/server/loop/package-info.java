// SPDX-License-Identifier: Apache-2.0

/**
 * Who runs what: one thread at a time for each piece of mutable state, and the only clock.
 *
 * <p>Floor 1 (ground). Every {@link dev.rollcall.server.loop.Loop} runs its tasks one after
 * another.
 */
@NullMarked
package dev.rollcall.server.loop;

import org.jspecify.annotations.NullMarked;
