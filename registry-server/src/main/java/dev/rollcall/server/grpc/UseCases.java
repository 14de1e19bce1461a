// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.server.config.Config;
import dev.rollcall.server.config.ConfigWatches;
import dev.rollcall.server.history.History;
import dev.rollcall.server.registry.Beats;
import dev.rollcall.server.registry.Departures;
import dev.rollcall.server.registry.Hints;
import dev.rollcall.server.registry.Inspection;
import dev.rollcall.server.registry.Lookup;
import dev.rollcall.server.registry.Registry;
import dev.rollcall.server.registry.Watches;
import dev.rollcall.server.relay.Relay;

/** What the face calls. */
public record UseCases(
    Registry registry,
    Departures departures,
    Beats beats,
    Hints hints,
    Lookup lookup,
    Watches watches,
    History history,
    Inspection inspection,
    Config config,
    ConfigWatches configWatches,
    Relay relay) {}
