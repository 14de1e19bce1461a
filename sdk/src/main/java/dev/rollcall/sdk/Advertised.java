// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Finds out under which host and name this process is known to others. */
final class Advertised {
  private Advertised() {}

  /**
   * The host that others dial: the one configured, 127.0.0.1 beside a registry on loopback, else
   * the local address of the way to the registry.
   *
   * @return fails when there is no way to the registry now
   */
  static CompletableFuture<String> host(Settings settings, Lookup lookup) {
    if (settings.advertiseHost().isPresent()) {
      return CompletableFuture.completedFuture(settings.advertiseHost().get());
    }
    return towardsFirst(settings.registries(), lookup);
  }

  /** Towards the first registry whose host has an address. */
  private static CompletableFuture<String> towardsFirst(List<String> registries, Lookup lookup) {
    HostPort registry = HostPort.parse(registries.get(0));
    return lookup
        .find(registry.host())
        .thenCompose(
            there -> {
              if (there.isEmpty() && registries.size() > 1) {
                return towardsFirst(registries.subList(1, registries.size()), lookup);
              }
              return CompletableFuture.completedFuture(towards(registry, there));
            });
  }

  private static String towards(HostPort registry, Optional<InetAddress> found) {
    InetAddress there =
        found.orElseThrow(
            () ->
                new UncheckedIOException(
                    new UnknownHostException("no address is known of host " + registry.host())));
    if (there.isLoopbackAddress()) {
      return "127.0.0.1";
    }
    try (var socket = new DatagramSocket()) {
      // connecting a datagram socket sends nothing: it only chooses the local address
      socket.connect(new InetSocketAddress(there, registry.port()));
      return socket.getLocalAddress().getHostAddress();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
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
