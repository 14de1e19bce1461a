// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.catalog.Status;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Which instance gets a message, and why none does. Pure but for the dice. */
final class Choice {
  private Choice() {}

  /**
   * A usable instance, drawn by weight, or null.
   *
   * @param tried ids that are out of the question
   * @param dice a number below the one given
   */
  static @Nullable Registration of(ServiceView service, Set<String> tried, IntUnaryOperator dice) {
    List<Registration> possible =
        service.instances().values().stream()
            .filter(one -> one.usable() && one.instance().weight() > 0)
            .filter(one -> !tried.contains(one.instance().id()))
            .toList();
    int all = possible.stream().mapToInt(one -> one.instance().weight()).sum();
    int drawn = all == 0 ? 0 : dice.applyAsInt(all);
    for (Registration one : possible) {
      drawn -= one.instance().weight();
      if (drawn < 0) {
        return one;
      }
    }
    return null;
  }

  /** Such as: chat: 2 instances, 0 serving: 2 probes failed: connection refused. */
  static String whyNone(ServiceView service) {
    int count = service.instances().size();
    StringBuilder why =
        new StringBuilder(
            "%s: %d instance%s, %d serving"
                .formatted(service.name(), count, count == 1 ? "" : "s", service.usable()));
    if (service.usable() > 0) {
      return why.append(", all of weight 0").toString();
    }
    service.instances().values().stream()
        .reduce(Choice::moreTelling)
        .ifPresent(one -> why.append(": ").append(reason(one)));
    return why.toString();
  }

  private static String reason(Registration one) {
    return one.status() == Status.STARTING
        ? one.instance().id() + " is starting: its health check has not passed yet"
        : one.cause().text().isEmpty()
            ? one.instance().id() + " is " + one.status().name().toLowerCase(Locale.ROOT)
            : one.cause().text();
  }

  /** One that failed says more than one that comes or goes; of two the newer one does. */
  private static Registration moreTelling(Registration a, Registration b) {
    boolean aFailed = a.status() == Status.NOT_SERVING;
    boolean bFailed = b.status() == Status.NOT_SERVING;
    if (aFailed != bFailed) {
      return aFailed ? a : b;
    }
    return a.revision() >= b.revision() ? a : b;
  }
}
