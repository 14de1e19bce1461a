// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A range of addresses, such as 10.0.0.0/8 or fd00::/8.
 *
 * @param first its first address
 * @param bits how many leading bits the addresses share
 */
public record Cidr(InetAddress first, int bits) {
  private static final Pattern FORM = Pattern.compile("([^/]+)/(\\d{1,3})");

  /**
   * Reads one.
   *
   * @return null if it is not an address in its usual form, a slash and a length; or if bits beyond
   *     the length are set, which mostly means a typing error
   */
  public static @Nullable Cidr parse(String text) {
    Matcher parts = FORM.matcher(text);
    if (!parts.matches()) {
      return null;
    }
    InetAddress first = IpLiteral.parse(parts.group(1));
    int bits = Integer.parseInt(parts.group(2));
    if (first == null || bits > first.getAddress().length * 8) {
      return null;
    }
    Cidr range = new Cidr(first, bits);
    return Arrays.equals(range.masked(first.getAddress()), first.getAddress()) ? range : null;
  }

  /** Ranges that are known to be well-formed. */
  static List<Cidr> all(String... texts) {
    return Arrays.stream(texts).map(Cidr::known).toList();
  }

  private static Cidr known(String text) {
    Cidr range = parse(text);
    if (range == null) {
      throw new IllegalArgumentException("range: " + text + " (expected: such as 10.0.0.0/8)");
    }
    return range;
  }

  /** Whether an address is in it. IPv4 and IPv6 never mix; mapped addresses are IPv4. */
  public boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == first.getAddress().length
        && Arrays.equals(masked(bytes), first.getAddress());
  }

  private byte[] masked(byte[] bytes) {
    byte[] masked = bytes.clone();
    for (int bit = bits; bit < masked.length * 8; bit++) {
      masked[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
    }
    return masked;
  }

  @Override
  public String toString() {
    return unnamed(first).getHostAddress() + "/" + bits;
  }

  private static InetAddress unnamed(InetAddress address) {
    try {
      return InetAddress.getByAddress(address.getAddress());
    } catch (UnknownHostException e) {
      throw new AssertionError("bytes of an address", e);
    }
  }
}
