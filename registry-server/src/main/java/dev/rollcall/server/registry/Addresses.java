// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The form of host:port. Strict and without look-ups: a name that does not resolve may do so later.
 */
final class Addresses {
  private static final int MOST = 255;
  private static final Pattern FORM = Pattern.compile("(\\[[^\\[\\]]*]|[^:\\[\\]]*):([^:]*)");
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?");
  private static final Pattern NUMERIC = Pattern.compile("[0-9.]+");
  private static final Pattern OCTET = Pattern.compile("25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9]");
  private static final Pattern SIX = Pattern.compile("\\[[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9_.-]+)?]");
  private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");

  private Addresses() {}

  /** What is expected instead of this address; null: it is well-formed. */
  static @Nullable String expectedInsteadOf(String address) {
    if (address.length() > MOST) {
      return "at most " + MOST + " characters";
    }
    Matcher matcher = FORM.matcher(address);
    if (!matcher.matches()) {
      return "host:port, an IPv6 host in brackets";
    }
    String host = matcher.group(1);
    String port = matcher.group(2);
    if (host.isEmpty() || host.equals("[]")) {
      return "host:port with a host";
    }
    if (host.equals("0.0.0.0") || host.equals("[::]")) {
      return "a host that callers can dial, not the wildcard";
    }
    if (!wellFormed(host)) {
      return "a DNS name, an IPv4 address, or an IPv6 address in brackets as the host";
    }
    if (!PORT.matcher(port).matches() || Integer.parseInt(port) > 65_535) {
      return "a port from 1 to 65535";
    }
    return null;
  }

  private static boolean wellFormed(String host) {
    if (host.startsWith("[")) {
      return SIX.matcher(host).matches();
    }
    String[] labels = host.split("\\.", -1);
    boolean numeric = NUMERIC.matcher(host).matches();
    if (numeric && labels.length != 4) {
      return false;
    }
    for (String label : labels) {
      if (!(numeric ? OCTET : NAME).matcher(label).matches()) {
        return false;
      }
    }
    return true;
  }
}
