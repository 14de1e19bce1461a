// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Map;

/** Finds out under which host and name this process is known to others. */
final class Advertised {
  private Advertised() {}

  /**
   * The host that others dial: the one configured, 127.0.0.1 beside a registry on loopback, else
   * the local address of the way to the registry.
   *
   * @throws IOException when there is no way to the registry now
   */
  static String host(Settings settings) throws IOException {
    if (settings.advertiseHost().isPresent()) {
      return settings.advertiseHost().get();
    }
    HostPort registry = HostPort.parse(settings.registries().get(0));
    InetAddress there = InetAddress.getByName(registry.host());
    if (there.isLoopbackAddress()) {
      return "127.0.0.1";
    }
    try (var socket = new DatagramSocket()) {
      // connecting a datagram socket sends nothing: it only chooses the local address
      socket.connect(new InetSocketAddress(there, registry.port()));
      return socket.getLocalAddress().getHostAddress();
    }
  }

  /** The id of the instance on this port: the same after a restart, so it takes its place again. */
  static String id(Map<String, String> env, int port) {
    String host = env.getOrDefault("HOSTNAME", "");
    return sanitized(host.isBlank() ? localName() : host) + "-" + port;
  }

  private static String localName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  /** Only what an id may hold: {@code [a-z0-9._-]}, starting with a letter or digit. */
  static String sanitized(String name) {
    String clean = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9._-]", "-");
    String started = clean.replaceAll("^[._-]+", "");
    String cut = started.substring(0, Math.min(started.length(), 100));
    return cut.isEmpty() ? "instance" : cut;
  }
}
