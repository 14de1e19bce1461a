// SPDX-License-Identifier: Apache-2.0

/**
 * The HTTP face: whether the server lives and is ready.
 *
 * <p>Floor 5 (faces). No loop: requests are answered on an executor that the wiring brings.
 */
@NullMarked
package dev.rollcall.server.http;

import org.jspecify.annotations.NullMarked;
