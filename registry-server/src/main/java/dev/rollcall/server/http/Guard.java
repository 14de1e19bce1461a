// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import io.javalin.http.Context;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Keeps pages of other sites out. A page of somebody else's must neither read a registry through a
 * name of its own that it points here (DNS rebinding), nor write to one by a request for which
 * browsers ask nobody. Browsers say which name was asked and where a page is from; programs may say
 * what they like.
 */
final class Guard {
  /** What only reads. */
  static final Set<String> READING = Set.of("GET", "HEAD");

  /** What browsers say of this port's own pages, and of what nobody's page asked for. */
  private static final Set<String> OWN = Set.of("same-origin", "none");

  private static final Pattern LOOPBACK =
      Pattern.compile("(.*\\.)?localhost|127(\\.[0-9]{1,3}){3}|\\[?(::1|0:0:0:0:0:0:0:1)]?");

  /** Browsers take a name for an IPv4 address if its last label is a number. */
  private static final Pattern ADDRESS = Pattern.compile("(.*\\.)?[0-9]+|.*:.*");

  private static final String POLICY = "default-src 'none'; frame-ancestors 'none'";

  private final boolean loopback;
  private final List<String> hosts;

  /**
   * For a port that listens there.
   *
   * @param hosts names by which it may be asked besides: exact, {@code *.} and a domain for all
   *     names below it, or {@code *} for every name
   */
  Guard(InetSocketAddress listening, List<String> hosts) {
    InetAddress address = listening.getAddress();
    this.loopback = address != null && address.isLoopbackAddress();
    this.hosts = hosts.stream().map(Guard::plain).toList();
  }

  /** Lets a request in, or refuses it. */
  void check(Context http) {
    http.header("X-Content-Type-Options", "nosniff");
    http.header("Cache-Control", "no-store");
    http.header("Content-Security-Policy", POLICY);
    String host = http.req().getServerName();
    if (!allows(host)) {
      throw JsonError.of(
          421,
          "WRONG_HOST",
          "host: %s (expected: %s, or a name that --http-hosts lists)"
              .formatted(
                  host,
                  loopback
                      ? "localhost or a loopback address"
                      : "an address, a name without dots"));
    }
    String origin = http.header("Origin");
    boolean elsewhere =
        origin != null && !origin.replaceFirst("^https?://", "").equalsIgnoreCase(http.host());
    String site = http.header("Sec-Fetch-Site");
    boolean otherSite = site != null && !OWN.contains(site.toLowerCase(Locale.ROOT));
    if (!READING.contains(http.method().name()) && (elsewhere || otherSite)) {
      throw JsonError.of(
          403,
          "CROSS_SITE",
          "a page of another site may not write here: %s (expected: a page of this port, or none)"
              .formatted(elsewhere ? "Origin: " + origin : "Sec-Fetch-Site: " + site));
    }
  }

  /**
   * Whether this name may be asked for. On loopback only names of this machine; elsewhere also what
   * nobody outside can own: addresses, and names without dots.
   */
  boolean allows(String asked) {
    String host = plain(asked);
    boolean safe =
        LOOPBACK.matcher(host).matches()
            || (!loopback && (!host.contains(".") || ADDRESS.matcher(host).matches()));
    return safe || hosts.stream().anyMatch(listed -> matches(listed, host));
  }

  private static boolean matches(String listed, String host) {
    return listed.equals("*")
        || (listed.startsWith("*.") ? host.endsWith(listed.substring(1)) : host.equals(listed));
  }

  /** Names do not differ by case, nor by the dot at their end. */
  private static String plain(String host) {
    String lower = host.toLowerCase(Locale.ROOT);
    return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
  }
}
