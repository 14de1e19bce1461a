// SPDX-License-Identifier: Apache-2.0

/**
 * The embedded store: one SQLite file in a data directory of its own.
 *
 * <p>Floor 2 (parts). One committer thread owns the connection; only it writes.
 */
@NullMarked
package dev.rollcall.server.store.sqlite;

import org.jspecify.annotations.NullMarked;
