// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import java.time.Instant;

/**
 * The record of one listed instance: what its owner said, and what the registry knows about it.
 *
 * @param lease who may renew, replace and remove it
 * @param held still handed out although it does not serve: too many of its service went at once,
 *     and the registry doubts itself
 * @param registeredAt when its present owner first registered it, by the wall clock: for display
 * @param cause of its last change
 * @param revision of its last change; 0 in a change that is not committed yet
 */
public record Registration(
    Instance instance,
    LeaseKey lease,
    Status status,
    boolean held,
    Instant registeredAt,
    Cause cause,
    long revision) {

  /** Its name within the namespace. */
  public InstanceKey key() {
    return instance.key();
  }

  /** Whether callers may use it. */
  public boolean usable() {
    return status == Status.SERVING || held;
  }

  /** The same record in another state, for a cause; not committed yet. */
  public Registration turned(Status now, boolean nowHeld, Cause why) {
    return new Registration(instance, lease, now, nowHeld, registeredAt, why, 0);
  }

  /** The same record as committed at a revision. */
  public Registration at(long committed) {
    return new Registration(instance, lease, status, held, registeredAt, cause, committed);
  }
}
