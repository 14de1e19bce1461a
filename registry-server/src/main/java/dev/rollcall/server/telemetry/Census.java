// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.telemetry;

import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How many are listed, counted at one moment: written by one thread, then read.
 *
 * <p>The first {@link #MOST_SERVICES} services have lines of their own; the instances of all others
 * are counted together, so that nobody can fill a metrics store by registering names.
 */
public final class Census {
  /** The most services that are told apart. */
  public static final int MOST_SERVICES = 2_000;

  static final Census NONE = new Census();
  static final String OTHERS = "_other";

  private final Map<Tags, Long> instances = new HashMap<>();
  private final Map<Tags, Long> services = new HashMap<>();
  private final Map<Tags, Long> held = new HashMap<>();
  private final Map<Tags, Long> revisions = new HashMap<>();
  private int told;

  /** A namespace stands at this revision, with so many instances held by protection. */
  public void namespace(String name, long revision, long heldInstances) {
    revisions.put(in(name), revision);
    held.put(in(name), heldInstances);
    services.putIfAbsent(in(name), 0L);
  }

  /**
   * A service is listed.
   *
   * @param byStatus how many of its instances are in each status
   */
  public void service(String namespace, String name, Map<String, Integer> byStatus) {
    services.merge(in(namespace), 1L, Long::sum);
    Tags labels = in(namespace).and("service_name", ++told > MOST_SERVICES ? OTHERS : name);
    byStatus.forEach(
        (status, count) -> instances.merge(labels.and("status", status), (long) count, Long::sum));
  }

  List<Row<?>> instances() {
    return rows(instances);
  }

  List<Row<?>> services() {
    return rows(services);
  }

  List<Row<?>> held() {
    return rows(held);
  }

  List<Row<?>> revisions() {
    return rows(revisions);
  }

  private static Tags in(String namespace) {
    // "namespace" alone is a label that Prometheus' Kubernetes discovery gives to targets
    return Tags.of("namespace_name", namespace);
  }

  private static List<Row<?>> rows(Map<Tags, Long> counts) {
    List<Row<?>> rows = new ArrayList<>(counts.size());
    counts.forEach((labels, count) -> rows.add(Row.of(labels, count)));
    return rows;
  }
}
