// SPDX-License-Identifier: Apache-2.0

/**
 * The program: its flags, and the wiring of all parts by hand.
 *
 * <p>Floor 6 (wiring). The only room that sees all others, that makes threads, prints, and ends the
 * process.
 */
@NullMarked
package dev.rollcall.server;

import org.jspecify.annotations.NullMarked;
