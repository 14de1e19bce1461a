// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Every metric of the server, each named once, here. From any thread; recording takes no lock.
 *
 * <p>Labels never grow with what clients make up: methods, reasons and causes are words of this
 * server, and of services only so many are told apart (see {@link Census}).
 */
public final class Meters implements AutoCloseable {
  private static final Duration[] FAST = millis(.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 5e3);
  private static final Duration[] CALLS =
      millis(1, 2, 5, 10, 25, 50, 100, 250, 500, 1e3, 2.5e3, 5e3, 10e3);
  private static final Duration[] LATE = millis(10, 100, 250, 500, 1e3, 2.5e3, 5e3, 10e3, 30e3);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  private final Timer commits =
      timer("rollcall.store.commit", "From handing a change to the store until it is served", FAST);
  private final Timer lateness =
      timer("rollcall.heartbeat.lateness", "Beyond a third of its lease that a beat came", LATE);
  private final Timer probes = timer("rollcall.probe", "How long a probe took", FAST);
  private final Propagation propagation =
      new Propagation(
          timer(
              "rollcall.propagation",
              "From the commit of a change until a watcher's transport has it",
              FAST));
  private final Counter changesSent =
      counter("rollcall.watch.changes.sent", "Changes sent to watchers").withTags(Tags.empty());
  private final MeterProvider<Counter> beats =
      counter("rollcall.heartbeats", "Leases that heartbeats named, by what became of them");
  private final MeterProvider<Counter> probed = counter("rollcall.probe", "Probes that ended");
  private final MeterProvider<Counter> resyncs =
      counter("rollcall.watch.resyncs", "Snapshots sent to watchers that could not go on");
  private final MeterProvider<Counter> rejected =
      counter("rollcall.rejected", "Calls refused, by the reason in the answer");
  private final MeterProvider<Counter> relayed =
      counter("rollcall.relay", "Messages relayed, by how they ended");
  private final MeterProvider<Counter> registrations =
      counter("rollcall.registrations", "Instances that their owners registered or changed");
  private final MeterProvider<Counter> deregistrations =
      counter("rollcall.deregistrations", "Instances removed, by cause");
  private final Counter expirations =
      counter("rollcall.lease.expirations", "Leases that ended unheard").withTags(Tags.empty());
  private final Counter configChanges =
      counter("rollcall.config.changes", "Settings put or deleted").withTags(Tags.empty());
  private final MultiGauge instances =
      gauges("rollcall.instances", "Instances listed, by service and status");
  private final MultiGauge services = gauges("rollcall.services", "Services listed");
  private final MultiGauge held =
      gauges("rollcall.protected.instances", "Lost instances handed out, since too many were lost");
  private final MultiGauge revisions =
      gauges("rollcall.store.revision", "Newest revision served of each namespace");
  private final AtomicInteger streams = new AtomicInteger();
  private final Map<String, CallTimes> calls = new ConcurrentHashMap<>();

  private volatile Supplier<Census> census = () -> Census.NONE;
  private volatile @Nullable ProcessMeters process;

  /** With a registry of its own. */
  public Meters() {
    Gauge.builder("rollcall.watch.streams", streams, AtomicInteger::get)
        .description("Watches open")
        .register(registry);
  }

  /** What became of a lease that a heartbeat named. */
  public enum Beat {
    /** Renewed. */
    RENEWED,
    /** It holds nothing: its owner registers again. */
    UNKNOWN,
    /** The beat could not be taken. */
    REFUSED
  }

  /** Why a watcher got a snapshot that did not ask for one. */
  public enum Resync {
    /** The position that it named is not known here any more. */
    POSITION,
    /** The store could not go on: a new epoch. */
    EPOCH,
    /** It read too slowly for the ring, or what it follows by {@code required_by} changed. */
    RESTARTED
  }

  /**
   * States facts that do not change, how others are asked for, and what the process takes. Once.
   */
  public void describe(String version, BooleanSupplier storeUp, Supplier<Census> listed) {
    Gauge.builder("rollcall.build.info", () -> 1)
        .description("The version that runs")
        .tags("version", version, "java", String.valueOf(Runtime.version().feature()))
        .register(registry);
    Gauge.builder("rollcall.store.up", () -> storeUp.getAsBoolean() ? 1 : 0)
        .description("Whether the store can be reached")
        .register(registry);
    process = new ProcessMeters(registry);
    census = listed;
  }

  /** How long changes take to watchers. */
  public Propagation propagation() {
    return propagation;
  }

  /** A change was kept and applied. */
  public void committed(long tookNanos) {
    commits.record(Duration.ofNanos(tookNanos));
  }

  /** Heartbeats named so many leases. */
  public void beats(Beat outcome, int leases) {
    if (leases > 0) {
      beats.withTag("outcome", label(outcome)).increment(leases);
    }
  }

  /** A beat came this much later than a third of its lease after the one before. */
  public void late(Duration by) {
    lateness.record(by);
  }

  /**
   * A probe ended.
   *
   * @param kind of check
   * @param outcome what was found, in one word of this server
   */
  public void probed(String kind, Enum<?> outcome, Duration took) {
    probed.withTags("kind", kind, "outcome", label(outcome)).increment();
    probes.record(took);
  }

  /** A call was refused. */
  public void rejected(Enum<?> reason) {
    rejected.withTag("reason", reason.name()).increment();
  }

  /** A relayed message came to its end. */
  public void relayed(Enum<?> outcome) {
    relayed.withTag("outcome", label(outcome)).increment();
  }

  /** An owner registered an instance, or changed its record. */
  public void registered(Enum<?> cause) {
    registrations.withTag("cause", cause.name()).increment();
  }

  /** An instance was removed. */
  public void removed(Enum<?> cause) {
    deregistrations.withTag("cause", cause.name()).increment();
  }

  /** A lease ended. */
  public void leaseExpired() {
    expirations.increment();
  }

  /** A setting was changed. */
  public void configChanged() {
    configChanges.increment();
  }

  /** A watch was opened. */
  public void watchOpened() {
    streams.incrementAndGet();
  }

  /** A watch ended. */
  public void watchClosed() {
    streams.decrementAndGet();
  }

  /** So many changes were handed to a watcher's transport. */
  public void changesSent(int changes) {
    changesSent.increment(changes);
  }

  /** A watcher starts over. */
  public void resynced(Resync why) {
    resyncs.withTag("reason", label(why)).increment();
  }

  /**
   * The times of one rpc's calls.
   *
   * @param method its full name; only of methods that there are
   */
  public CallTimes calls(String method) {
    return calls.computeIfAbsent(
        method,
        name ->
            new CallTimes(
                Timer.builder("grpc.server.call.duration")
                    .description("How long calls took, streams from opening to end")
                    .tag("grpc_method", name)
                    .serviceLevelObjectives(CALLS)
                    .withRegistry(registry)));
  }

  /**
   * Everything, in the text format of Prometheus. One at a time: each counts anew who is listed.
   */
  public synchronized String scrape() {
    Census now = census.get();
    instances.register(now.instances(), true);
    services.register(now.services(), true);
    held.register(now.held(), true);
    revisions.register(now.revisions(), true);
    return registry.scrape();
  }

  /** Measures nothing more. Idempotent. */
  @Override
  public void close() {
    ProcessMeters measured = process;
    if (measured != null) {
      measured.close();
    }
    registry.close();
  }

  private Timer timer(String name, String description, Duration[] buckets) {
    return Timer.builder(name)
        .description(description)
        .serviceLevelObjectives(buckets)
        .register(registry);
  }

  private MeterProvider<Counter> counter(String name, String description) {
    return Counter.builder(name).description(description).withRegistry(registry);
  }

  private MultiGauge gauges(String name, String description) {
    return MultiGauge.builder(name).description(description).register(registry);
  }

  private static String label(Enum<?> word) {
    return word.name().toLowerCase(Locale.ROOT);
  }

  private static Duration[] millis(double... all) {
    return Arrays.stream(all)
        .mapToObj(one -> Duration.ofNanos((long) (one * 1e6)))
        .toArray(Duration[]::new);
  }
}
