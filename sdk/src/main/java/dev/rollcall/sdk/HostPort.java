// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

/** An address as people write it: {@code host:port}, IPv6 in brackets. */
record HostPort(String host, int port) {
  static HostPort parse(String text) {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    int port = colon < 0 ? -1 : port(text.substring(colon + 1));
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (host.isEmpty() || port < 1 || port > 65_535 || (host.contains(":") && !bracketed)) {
      throw new IllegalArgumentException(
          "address: '" + text + "' (expected: host:port, IPv6 in brackets, port 1 to 65535)");
    }
    return new HostPort(bracketed ? host.substring(1, host.length() - 1) : host, port);
  }

  private static int port(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
