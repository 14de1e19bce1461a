// SPDX-License-Identifier: Apache-2.0

/** The dashboard as its users see it: a real server, a real browser. */
@NullMarked
package dev.rollcall.server.dashboard;

import org.jspecify.annotations.NullMarked;
