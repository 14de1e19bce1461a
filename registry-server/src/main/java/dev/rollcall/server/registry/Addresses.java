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
  private static final Pattern FOUR = Pattern.compile("((" + OCTET + ")\\.){3}(" + OCTET + ")");
  private static final Pattern ZONE = Pattern.compile("%[A-Za-z0-9_.-]+");
  private static final Pattern GROUP = Pattern.compile("[0-9A-Fa-f]{1,4}");
  private static final int GROUPS = 8;
  private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");

  private static final String HOST =
      "a DNS name, an IPv4 address, or an IPv6 address in brackets as the host";
  private static final String DIALLED = "a host that callers can dial, not the wildcard";

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
    String expected = host.startsWith("[") ? six(host) : nameOrFour(host);
    if (expected != null) {
      return expected;
    }
    if (!PORT.matcher(port).matches() || Integer.parseInt(port) > 65_535) {
      return "a port from 1 to 65535";
    }
    return null;
  }

  private static @Nullable String nameOrFour(String host) {
    String[] labels = host.split("\\.", -1);
    boolean numeric = NUMERIC.matcher(host).matches();
    if (numeric && labels.length != 4) {
      return HOST;
    }
    for (String label : labels) {
      if (!(numeric ? OCTET : NAME).matcher(label).matches()) {
        return HOST;
      }
    }
    return host.equals("0.0.0.0") ? DIALLED : null;
  }

  private static @Nullable String six(String bracketed) {
    String host = bracketed.substring(1, bracketed.length() - 1);
    int zone = host.indexOf('%');
    if (zone >= 0 && !ZONE.matcher(host.substring(zone)).matches()) {
      return HOST;
    }
    int[] groups = groups(zone < 0 ? host : host.substring(0, zone));
    if (groups == null) {
      return HOST;
    }
    // ::ffff:0.0.0.0 is the wildcard of IPv4
    boolean mapped = groups[5] == 0xffff;
    for (int i = 0; i < GROUPS; i++) {
      if (groups[i] != 0 && !(mapped && i == 5)) {
        return null;
      }
    }
    return DIALLED;
  }

  /**
   * The eight groups of an IPv6 address; null: it is none. The JDK's parser would resolve names.
   */
  private static int @Nullable [] groups(String text) {
    int[] groups = new int[GROUPS];
    int gap = text.indexOf("::");
    if (gap < 0) {
      return parsed(text, groups) == GROUPS ? groups : null;
    }
    int[] after = new int[GROUPS];
    String head = text.substring(0, gap);
    int left = head.contains(".") ? -1 : parsed(head, groups);
    int right = parsed(text.substring(gap + 2), after);
    if (left < 0 || right < 0 || left + right >= GROUPS) {
      return null;
    }
    System.arraycopy(after, 0, groups, GROUPS - right, right);
    return groups;
  }

  /** How many groups were parsed; -1: something else is among them. */
  private static int parsed(String text, int[] groups) {
    if (text.isEmpty()) {
      return 0;
    }
    String[] parts = text.split(":", -1);
    int count = 0;
    for (int i = 0; i < parts.length; i++) {
      boolean four = i == parts.length - 1 && parts[i].contains(".");
      if (count + (four ? 2 : 1) > GROUPS) {
        return -1;
      }
      if (GROUP.matcher(parts[i]).matches()) {
        groups[count++] = Integer.parseInt(parts[i], 16);
      } else if (four && FOUR.matcher(parts[i]).matches()) {
        String[] octets = parts[i].split("\\.", -1);
        groups[count++] = Integer.parseInt(octets[0]) << 8 | Integer.parseInt(octets[1]);
        groups[count++] = Integer.parseInt(octets[2]) << 8 | Integer.parseInt(octets[3]);
      } else {
        return -1;
      }
    }
    return count;
  }
}
