// SPDX-License-Identifier: Apache-2.0

/**
 * Where it is kept: a durable, ordered log of changes and the newest record of each instance.
 *
 * <p>Floor 2 (parts). Each store runs on a loop of its own and hands committed changes to its feed.
 */
@NullMarked
package dev.rollcall.server.store;

import org.jspecify.annotations.NullMarked;
