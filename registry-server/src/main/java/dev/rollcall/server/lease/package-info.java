// SPDX-License-Identifier: Apache-2.0

/**
 * Who has gone quiet: deadlines, graces after the registry's own outages, and the pace of beats.
 *
 * <p>Floor 2 (parts). Deadlines are swept on the lease loop; a beat renews its lease where it
 * arrives.
 */
@NullMarked
package dev.rollcall.server.lease;

import org.jspecify.annotations.NullMarked;
