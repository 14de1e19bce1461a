// SPDX-License-Identifier: Apache-2.0

/**
 * What has been: the recent changes of a namespace, with cause and caller.
 *
 * <p>Floor 4 (use cases). No loop of its own: it reads the store, so its caller must be able to
 * wait.
 */
@NullMarked
package dev.rollcall.server.history;

import org.jspecify.annotations.NullMarked;
