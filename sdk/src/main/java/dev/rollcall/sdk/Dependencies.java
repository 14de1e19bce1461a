// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The services that a registration requires: followed on the session's one watch, told on one
 * thread in the order in which they change. Safe for all threads.
 */
final class Dependencies implements AutoCloseable {
  private final Session session;
  private final List<String> required;
  private final List<ServiceWatch> watches = new ArrayList<>();

  private Dependencies(Session session, List<String> required) {
    this.session = session;
    this.required = List.copyOf(required);
  }

  static Dependencies unfollowed(Session session, List<String> required) {
    return new Dependencies(session, required);
  }

  static Dependencies followed(
      Session session, List<String> required, Consumer<DependencyChange> listener) {
    var dependencies = new Dependencies(session, required);
    var callbacks = new Callbacks("rollcall-dependencies");
    for (String service : required) {
      ServiceWatch.Listener told =
          (event, now) -> listener.accept(new DependencyChange(event, usable(now)));
      dependencies.watches.add(ServiceWatch.open(service, session, told, callbacks));
    }
    return dependencies;
  }

  private static int usable(ServiceSet set) {
    return (int) set.instances().stream().filter(ServiceInstance::takesTraffic).count();
  }

  /** Waits until all of them can be called; says of each that cannot, why. */
  Map<String, String> unmetAfter(Duration patience) {
    Map<String, Waiting.Condition> callable = new TreeMap<>();
    for (String service : required) {
      callable.put(
          service,
          now -> usable(now) > 0 ? Optional.empty() : Optional.of(Advice.noInstance(service)));
    }
    return Waiting.unmetAfter(session, callable, patience);
  }

  @Override
  public void close() {
    watches.forEach(ServiceWatch::close);
  }
}
