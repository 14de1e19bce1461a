// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.telemetry.Meters;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * What every ledger works with.
 *
 * @param loop the ledger loop: all namespaces share it
 * @param wallClock for display in records and causes only
 * @param nonces names changes
 * @param listener is told each change after it was applied
 */
record Desk(
    Loop loop,
    Store store,
    InstantSource wallClock,
    RandomGenerator nonces,
    ChangeListener listener,
    Meters meters) {}
