// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.sdk.RollcallException.Reason;
import dev.rollcall.sdk.Shares.Share;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * Takes one usable instance of a service after the other, by the same rule as a channel. Safe for
 * all threads.
 */
final class Picker implements AutoCloseable {
  /** Means the instance's main address. */
  static final String MAIN = "";

  /** A little longer than the directory takes to say that the registry is not there. */
  private static final Duration PATIENCE = Directory.FIRST_ANSWER.plusMillis(500);

  private final ServiceWatch watch;
  private final String ownZone;
  private final AtomicLong turns = new AtomicLong(new Random().nextInt(1 << 20));

  Picker(ServiceWatch watch, String ownZone) {
    this.watch = watch;
    this.ownZone = ownZone;
  }

  String pick(String endpoint, Set<String> avoid) {
    if (!watch.awaitAnswer(PATIENCE)) {
      throw new RollcallException(
          Reason.REGISTRY_UNREACHABLE,
          "nothing is known of service " + watch.service() + ": " + watch.trouble());
    }
    List<ServiceInstance> usable =
        watch.instances().stream().filter(ServiceInstance::takesTraffic).toList();
    List<Named> named =
        usable.stream()
            .flatMap(i -> address(i, endpoint).map(a -> new Named(a, Share.of(i))).stream())
            .toList();
    List<Named> left = named.stream().filter(one -> !avoid.contains(one.address)).toList();
    if (left.isEmpty()) {
      throw nothingLeft(endpoint, usable.size(), named.size());
    }
    Set<String> zones = named.stream().map(one -> one.share.zone()).collect(Collectors.toSet());
    double[] weights = Shares.of(ownZone, left.stream().map(Named::share).toList(), zones);
    return left.get(new Rotation(weights).next(turns)).address;
  }

  private record Named(String address, Share share) {}

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
