// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import dev.rollcall.server.catalog.InstanceKey;
import java.util.List;
import java.util.Map;

/**
 * What a restart needs to know about leases.
 *
 * @param clockMillis the leases' clock now
 * @param wallMillis the wall clock now, milliseconds since 1970
 * @param unheard by namespace: leases not yet heard since this start
 * @param heard by namespace: leases of those that have been heard, or are gone, since
 */
public record LeaseTick(
    long clockMillis,
    long wallMillis,
    Map<String, Map<InstanceKey, Kept.Unheard>> unheard,
    Map<String, List<InstanceKey>> heard) {}
