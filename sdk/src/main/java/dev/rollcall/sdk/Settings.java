// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where the registry is and who this process is.
 *
 * @param registries the registry's addresses, {@code host:port}, at least one
 * @param namespace the tenant
 * @param advertiseHost the host under which others reach this process; empty: found out
 * @param zone this process's failure zone; empty: unknown
 * @param cacheDirectory where the last known instances are kept; empty: in memory only
 */
record Settings(
    List<String> registries,
    String namespace,
    Optional<String> advertiseHost,
    String zone,
    Optional<Path> cacheDirectory) {
  static final String DEFAULT_REGISTRY = "localhost:7070";
  static final String DEFAULT_NAMESPACE = "default";

  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  Settings {
    registries = List.copyOf(registries);
    if (registries.isEmpty()) {
      throw new IllegalArgumentException(
          "registry addresses: none (expected: host:port, several separated by commas)");
    }
    registries.forEach(HostPort::parse);
    if (!LABEL.matcher(namespace).matches()) {
      throw new IllegalArgumentException(
          "namespace: '"
              + namespace
              + "' (expected: a lower-case DNS label of 1 to 63 characters)");
    }
  }

  static Settings fromEnvironment(Map<String, String> env) {
    return new Settings(
        addresses(text(env, "ROLLCALL_ADDR").orElse(DEFAULT_REGISTRY)),
        text(env, "ROLLCALL_NAMESPACE").orElse(DEFAULT_NAMESPACE),
        text(env, "ROLLCALL_ADVERTISE_HOST").or(() -> text(env, "POD_IP")),
        text(env, "ROLLCALL_ZONE").orElse(""),
        text(env, "ROLLCALL_CACHE_DIR").map(Path::of));
  }

  Settings withRegistries(List<String> now) {
    return new Settings(now, namespace, advertiseHost, zone, cacheDirectory);
  }

  Settings withNamespace(String now) {
    return new Settings(registries, now, advertiseHost, zone, cacheDirectory);
  }

  Settings withAdvertiseHost(String now) {
    return new Settings(registries, namespace, Optional.of(now), zone, cacheDirectory);
  }

  Settings withZone(String now) {
    return new Settings(registries, namespace, advertiseHost, now, cacheDirectory);
  }

  Settings withCacheDirectory(Path now) {
    return new Settings(registries, namespace, advertiseHost, zone, Optional.of(now));
  }

  static List<String> addresses(String commaSeparated) {
    return Arrays.stream(commaSeparated.split(",", -1))
        .map(String::strip)
        .filter(address -> !address.isEmpty())
        .distinct()
        .toList();
  }

  /** The registry refuses a whole watch for one bad name, so a bad one must not get that far. */
  static String checkedService(String name) {
    if (!LABEL.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "service: '" + name + "' (expected: a lower-case DNS label of 1 to 63 characters)");
    }
    return name;
  }

  /** What two users of one session must have in common. */
  Place place() {
    return new Place(registries, namespace);
  }

  private static Optional<String> text(Map<String, String> env, String name) {
    return Optional.ofNullable(env.get(name)).map(String::strip).filter(value -> !value.isEmpty());
  }

  /** A namespace in a registry. */
  record Place(List<String> registries, String namespace) {
    @Override
    public String toString() {
      return String.join(",", registries) + ", namespace " + namespace;
    }
  }
}
