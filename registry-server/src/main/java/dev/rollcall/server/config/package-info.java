// SPDX-License-Identifier: Apache-2.0

/**
 * Settings kept beside the services: keys and values with compare-and-set, a watch and a history.
 *
 * <p>Floor 4 (use cases). A second set of ledgers with rings of their own, so that large values
 * never push services out of theirs. From any thread.
 */
@NullMarked
package dev.rollcall.server.config;

import org.jspecify.annotations.NullMarked;
