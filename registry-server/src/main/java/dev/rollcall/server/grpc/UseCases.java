// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.server.registry.Beats;
import dev.rollcall.server.registry.Lookup;
import dev.rollcall.server.registry.Registry;
import dev.rollcall.server.registry.Watches;

/** What the face calls. */
public record UseCases(Registry registry, Beats beats, Lookup lookup, Watches watches) {}
