// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * An instance as a client sent it: not checked yet, with gaps where a default applies.
 *
 * @param leaseTtl null: the server's default
 * @param probed whether it asks for a health check
 */
public record Draft(
    String service,
    String id,
    String address,
    Map<String, String> endpoints,
    String version,
    String zone,
    OptionalLong weight,
    Map<String, String> metadata,
    List<String> requires,
    @Nullable Duration leaseTtl,
    boolean probed) {}
