// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

/**
 * Keeps the leases' clock of a single server, so that a restart neither throws out the living nor
 * keeps the dead. A store that several servers share keeps the leases themselves, see {@link
 * LeaseTable}.
 */
public interface LeaseMemory {
  /**
   * Keeps this in one atomic step: the clock never moves past a lease that was heard by then. Never
   * blocks; lost without harm when the store is away.
   */
  void remember(LeaseTick tick);
}
