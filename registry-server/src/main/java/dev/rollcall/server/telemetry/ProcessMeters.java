// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.telemetry;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import java.lang.management.ManagementFactory;

/**
 * What the process itself takes: memory, threads, files, processor time; under the names that
 * Prometheus' own clients give to it.
 */
final class ProcessMeters implements AutoCloseable {
  private final JvmGcMetrics collections = new JvmGcMetrics();

  ProcessMeters(MeterRegistry registry) {
    new ClassLoaderMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    collections.bindTo(registry);
    if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
      FunctionCounter.builder("process.cpu", system, s -> s.getProcessCpuTime() / 1e9)
          .description("Processor time taken")
          .baseUnit("seconds")
          .register(registry);
      if (system instanceof UnixOperatingSystemMXBean unix) {
        Gauge.builder("process.open.fds", unix, u -> u.getOpenFileDescriptorCount())
            .description("Files and sockets open")
            .register(registry);
        Gauge.builder("process.max.fds", unix, u -> u.getMaxFileDescriptorCount())
            .description("The most files and sockets that may be open")
            .register(registry);
      }
    }
  }

  @Override
  public void close() {
    collections.close();
  }
}
