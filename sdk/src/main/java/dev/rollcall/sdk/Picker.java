// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.sdk.RollcallException.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** Takes one usable instance of a service after the other. Safe for all threads. */
final class Picker implements AutoCloseable {
  /** Means the instance's main address. */
  static final String MAIN = "";

  /** A little longer than the directory takes to say that the registry is not there. */
  private static final Duration PATIENCE = Directory.FIRST_ANSWER.plusMillis(500);

  private final ServiceWatch watch;
  private final AtomicInteger turn = new AtomicInteger();

  Picker(ServiceWatch watch) {
    this.watch = watch;
  }

  String pick(String endpoint, Set<String> avoid) {
    if (!watch.awaitAnswer(PATIENCE)) {
      throw new RollcallException(
          Reason.REGISTRY_UNREACHABLE,
          "nothing is known of service " + watch.service() + ": " + watch.trouble());
    }
    List<ServiceInstance> usable =
        watch.instances().stream().filter(ServiceInstance::takesTraffic).toList();
    List<String> addresses =
        usable.stream().map(i -> address(i, endpoint)).flatMap(Optional::stream).toList();
    List<String> left = addresses.stream().filter(a -> !avoid.contains(a)).toList();
    if (left.isEmpty()) {
      throw nothingLeft(endpoint, usable.size(), addresses.size());
    }
    return left.get(Math.floorMod(turn.getAndIncrement(), left.size()));
  }

  private static Optional<String> address(ServiceInstance instance, String endpoint) {
    return endpoint.equals(MAIN)
        ? Optional.of(instance.address())
        : Optional.ofNullable(instance.endpoints().get(endpoint));
  }

  private RollcallException nothingLeft(String endpoint, int usable, int named) {
    String service = watch.service();
    if (usable == 0) {
      return new RollcallException(Reason.NO_INSTANCE, Advice.noInstance(service));
    }
    if (named == 0) {
      return new RollcallException(
          Reason.NO_ENDPOINT,
          "none of the "
              + usable
              + " usable instances of service "
              + service
              + " names an endpoint '"
              + endpoint
              + "': register it with endpoint(\""
              + endpoint
              + "\", ...)");
    }
    return new RollcallException(
        Reason.NO_INSTANCE,
        "all " + named + " usable instances of service " + service + " are to be avoided");
  }

  @Override
  public void close() {
    watch.close();
  }
}
