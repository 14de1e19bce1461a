// SPDX-License-Identifier: Apache-2.0

/** JSON over the JDK's HTTP server, and flags: the plumbing that both examples use. */
@NullMarked
package dev.rollcall.examples.web;

import org.jspecify.annotations.NullMarked;
