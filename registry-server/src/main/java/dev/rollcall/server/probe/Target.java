// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import java.net.InetSocketAddress;

/**
 * Where to ask: one address that was checked, and the name by which the target is known.
 *
 * @param address resolved; connect to exactly this
 * @param host as registered, without brackets: for Host, SNI and certificates
 */
public record Target(InetSocketAddress address, String host) {
  /** The port. */
  public int port() {
    return address.getPort();
  }

  /** As it stands in Host and :authority. */
  public String authority() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port();
  }
}
