// SPDX-License-Identifier: Apache-2.0

/** A warehouse: sells products from a stock of its own, over gRPC and HTTP. */
@NullMarked
package dev.rollcall.examples.product;

import org.jspecify.annotations.NullMarked;
