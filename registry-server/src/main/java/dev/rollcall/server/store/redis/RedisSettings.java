// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import java.time.Duration;

/**
 * What the Redis store needs to know.
 *
 * @param password empty: none
 * @param waitReplicas how many of Redis' replicas must have a change before it is acknowledged
 * @param eventsMaxCount past changes kept for each namespace, roughly
 * @param eventsMaxAge how long past changes are kept
 */
public record RedisSettings(
    RedisAddress address,
    String password,
    int waitReplicas,
    int eventsMaxCount,
    Duration eventsMaxAge) {
  @Override
  public String toString() {
    return address.toString();
  }
}
