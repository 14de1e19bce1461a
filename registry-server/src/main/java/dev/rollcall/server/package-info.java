// SPDX-License-Identifier: Apache-2.0

/**
 * The wiring: settings, start order, stop order, and the program's verbs.
 *
 * <p>Floor 6. It alone sees every room, makes threads and reads clocks.
 */
@NullMarked
package dev.rollcall.server;

import org.jspecify.annotations.NullMarked;
