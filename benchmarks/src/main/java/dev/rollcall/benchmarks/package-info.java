// SPDX-License-Identifier: Apache-2.0

/** Load on a running server, beside a bare gRPC server that keeps nothing: the ceiling. */
@NullMarked
package dev.rollcall.benchmarks;

import org.jspecify.annotations.NullMarked;
