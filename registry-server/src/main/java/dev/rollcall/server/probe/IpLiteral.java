// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Addresses as people write them: four decimal numbers, or IPv6 without a zone. {@code
 * InetAddress.getByName} also takes 2852039166, 127.1 and the like, and a system's resolver takes
 * octal and hexadecimal ones: forms that only ever serve to get past a filter.
 */
final class IpLiteral {
  private static final String OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
  private static final Pattern FOUR = Pattern.compile(OCTET + "(?:\\." + OCTET + "){3}");
  private static final Pattern SIX = Pattern.compile("[0-9A-Fa-f:.]{2,45}");
  private static final Pattern NAME =
      Pattern.compile(
          "(?:[A-Za-z0-9_](?:[-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?\\.)*"
              + "[A-Za-z_](?:[-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?");

  private IpLiteral() {}

  /** The address that this text is; null if it is none. Looks nothing up. */
  static @Nullable InetAddress parse(String text) {
    boolean six = text.contains(":");
    if (!(six ? SIX : FOUR).matcher(text).matches()) {
      return null;
    }
    try {
      // in brackets it is a literal or an error, never a name
      return InetAddress.getByName(six ? "[" + text + "]" : text);
    } catch (UnknownHostException e) {
      return null;
    }
  }

  /** Whether this text is a host name that no resolver could take for a number. */
  static boolean isName(String text) {
    return text.length() <= 253 && NAME.matcher(text).matches();
  }
}
