// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.telemetry.CallTimes;
import dev.rollcall.server.telemetry.Meters;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Measures every call over the network, also those of methods that there are not. */
final class MeasuredCalls extends ServerStreamTracer.Factory {
  private final Loop clock;
  private final Map<String, CallTimes> known;
  private final CallTimes others;

  /** Of a server with these methods. */
  MeasuredCalls(Loop clock, Meters meters, Stream<String> methods) {
    this.clock = clock;
    this.known = methods.collect(Collectors.toUnmodifiableMap(Function.identity(), meters::calls));
    this.others = meters.calls("_OTHER");
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    CallTimes times = known.getOrDefault(fullMethodName, others);
    long startedNanos = clock.nanoTime();
    return new ServerStreamTracer() {
      @Override
      public void streamClosed(Status status) {
        times.ended(status.getCode().name(), clock.nanoTime() - startedNanos);
      }
    };
  }
}
