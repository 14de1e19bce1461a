// SPDX-License-Identifier: Apache-2.0

/**
 * What is known: the values of discovery, immutable and free of clocks, threads and I/O.
 *
 * <p>Floor 1 (ground). No loop: everything here is a value and may be read from anywhere. The
 * product itself is two pure functions, {@link dev.rollcall.server.catalog.Command#decide} and
 * {@link dev.rollcall.server.catalog.Change#applyTo}.
 */
@NullMarked
package dev.rollcall.server.catalog;

import org.jspecify.annotations.NullMarked;
