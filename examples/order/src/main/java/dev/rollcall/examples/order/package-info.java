// SPDX-License-Identifier: Apache-2.0

/** A shop: buys from the warehouses that the registry knows, over gRPC or HTTP. */
@NullMarked
package dev.rollcall.examples.order;

import org.jspecify.annotations.NullMarked;
