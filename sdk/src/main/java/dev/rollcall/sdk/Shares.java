// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.util.List;
import java.util.Set;

/**
 * Which share of the calls each of several instances gets: by weight, the own zone first. Pure.
 *
 * <p>Callers of a zone are taken to need an equal part of the whole. As long as their zone's usable
 * weight is at least its part, within {@link #OVERLOAD}, they stay in it; where it is less, the
 * zone is given what it can carry and the rest goes to all others by weight. So there is no edge
 * where all callers of a zone change at one moment, and a zone whose last instance is left alone
 * does not get everything.
 */
final class Shares {
  /** A zone takes so many times its part of the calls before others are asked to help. */
  static final double OVERLOAD = 1.4;

  private Shares() {}

  /**
   * What is known of an instance.
   *
   * @param weight 0: gets nothing while others have more
   * @param zone empty: unknown, which is a zone of its own
   */
  record Share(int weight, String zone) {
    static final Share ORDINARY = new Share(ServiceInstance.DEFAULT_WEIGHT, "");

    static Share of(ServiceInstance instance) {
      return new Share(instance.weight(), instance.zone());
    }
  }

  /**
   * The weights to pick by; only their proportions mean something, and at least one is above 0.
   *
   * @param ownZone the caller's zone; empty: unknown, then zones do not matter
   * @param usable those to choose from
   * @param zones all zones in which there are instances, usable now or not
   */
  static double[] of(String ownZone, List<Share> usable, Set<String> zones) {
    double all = 0;
    double own = 0;
    for (Share share : usable) {
      all += share.weight;
      own += share.zone.equals(ownZone) ? share.weight : 0;
    }
    if (all == 0) {
      return usable.stream().mapToDouble(share -> 1).toArray();
    }
    if (ownZone.isEmpty() || own == 0 || own == all) {
      return usable.stream().mapToDouble(Share::weight).toArray();
    }
    double stays = Math.min(1, OVERLOAD * own * zones.size() / all);
    double perOwn = stays / own;
    double perOther = (1 - stays) / (all - own);
    return usable.stream()
        .mapToDouble(share -> share.weight * (share.zone.equals(ownZone) ? perOwn : perOther))
        .toArray();
  }
}
