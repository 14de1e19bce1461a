// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How the embedded store is to be opened.
 *
 * @param directory made if missing; one server at a time
 * @param newEpoch starts a new lineage of revisions in every namespace: needed after a backup was
 *     put back, because changes after that backup are lost and their revisions will be used again
 * @param eventsMaxCount how many past changes are kept for each namespace, at least 1
 * @param eventsMaxAge how long past changes are kept, by the wall clock
 */
public record SqliteSettings(
    Path directory, boolean newEpoch, int eventsMaxCount, Duration eventsMaxAge) {
  /** The settings of a server that was told nothing else. */
  public static SqliteSettings in(Path directory) {
    return new SqliteSettings(directory, false, 100_000, Duration.ofDays(7));
  }
}
