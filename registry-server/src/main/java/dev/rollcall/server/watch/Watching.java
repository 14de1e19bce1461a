// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.catalog.Catalog;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What every watch of one namespace reads: all of it may be read from any thread.
 *
 * @param catalog the newest catalog; never older than the ring's head
 * @param ring the recent changes; another one after the namespace went on from elsewhere
 * @param recovering whether the namespace may lack what its store lost; followers are woken when it
 *     does no more
 * @param partBytes where a message is cut, roughly: a stream that stalls holds no more
 */
public record Watching(
    Supplier<Catalog> catalog,
    Supplier<ChangeRing> ring,
    BooleanSupplier recovering,
    FrameEncoder encoder,
    BodyCache bodies,
    SnapshotPlaces places,
    int partBytes) {}
