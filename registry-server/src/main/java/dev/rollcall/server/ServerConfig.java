// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import java.nio.file.Path;
import java.time.Duration;

/** Settings. */
public record ServerConfig(
    String host,
    int grpcPort,
    int httpPort,
    Path dataDir,
    boolean newEpoch,
    Duration leaseDefault,
    Duration leaseMax,
    Duration heartbeatMax,
    int eventsMaxCount,
    Duration eventsMaxAge) {}
