// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.sdk.Shares.Share;
import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import java.net.SocketAddress;
import java.util.Map;

/**
 * What the resolver tells the balancer beside the addresses. It is no attribute of the addresses
 * themselves: to change one of those may cost a connection, and a weight must not.
 *
 * @param zone the caller's
 * @param shares by address
 */
record Weighing(String zone, Map<SocketAddress, Share> shares) {
  static final Attributes.Key<Weighing> KEY = Attributes.Key.create("dev.rollcall.sdk.weighing");

  private static final Weighing NONE = new Weighing("", Map.of());

  Weighing {
    shares = Map.copyOf(shares);
  }

  static Weighing of(Attributes attributes) {
    Weighing told = attributes.get(KEY);
    return told == null ? NONE : told;
  }

  Share share(EquivalentAddressGroup group) {
    return shares.getOrDefault(group.getAddresses().get(0), Share.ORDINARY);
  }
}
