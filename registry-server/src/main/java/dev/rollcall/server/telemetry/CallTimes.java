// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.telemetry;

import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** How long the calls of one rpc took, by the status that they ended with. From any thread. */
public final class CallTimes {
  private final MeterProvider<Timer> timers;
  private final Map<String, Timer> byStatus = new ConcurrentHashMap<>();

  CallTimes(MeterProvider<Timer> timers) {
    this.timers = timers;
  }

  /** One ended. */
  public void ended(String status, long tookNanos) {
    byStatus
        .computeIfAbsent(status, name -> timers.withTag("grpc_status", name))
        .record(tookNanos, TimeUnit.NANOSECONDS);
  }
}
