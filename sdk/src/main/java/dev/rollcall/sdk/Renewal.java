// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.registry.v1.HeartbeatResponse;
import dev.rollcall.registry.v1.KeepAliveResponse;
import java.time.Duration;
import java.util.Set;

/**
 * What the registry answered to a beat.
 *
 * @param nextIn when to beat again
 * @param unknown the secrets that hold nothing any more
 * @param epoch the history that the registry is in
 * @param recovering the registry is being refilled: keep everything, go on
 * @param move another stream is to carry the beats from now on
 */
record Renewal(
    Duration nextIn, Set<String> unknown, String epoch, boolean recovering, boolean move) {
  static Renewal of(KeepAliveResponse answer) {
    return new Renewal(
        Wire.duration(answer.getNextIn()),
        Set.copyOf(answer.getUnknownLeaseIdsList()),
        answer.getEpoch(),
        answer.getRecovering(),
        answer.getMove());
  }

  static Renewal of(HeartbeatResponse answer) {
    return new Renewal(
        Wire.duration(answer.getNextIn()),
        Set.copyOf(answer.getUnknownLeaseIdsList()),
        answer.getEpoch(),
        answer.getRecovering(),
        false);
  }
}
