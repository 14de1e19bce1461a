// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.sdk.Settings.Place;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A channel's target: {@code rollcall:///product?registry=h1:7070,h2:7070&namespace=shop&zone=a}.
 * What the query does not say comes from the environment.
 *
 * @param zone the caller's failure zone; empty: unknown
 */
record Target(String service, Place place, String zone) {
  static final String SCHEME = "rollcall";

  static Target parse(URI uri, Map<String, String> env) {
    String path = Optional.ofNullable(uri.getPath()).orElse("");
    String service = path.startsWith("/") ? path.substring(1) : path;
    if (uri.getRawAuthority() != null || service.isEmpty() || service.contains("/")) {
      throw new IllegalArgumentException(
          "target: '"
              + uri
              + "' (expected: rollcall:///service"
              + "[?registry=host:port,host:port&namespace=name&zone=name])");
    }
    Settings settings = Settings.fromEnvironment(env);
    List<String> registries = settings.registries();
    String namespace = settings.namespace();
    String zone = settings.zone();
    String query = Optional.ofNullable(uri.getRawQuery()).orElse("");
    for (String pair : query.isEmpty() ? new String[0] : query.split("&", -1)) {
      int at = pair.indexOf('=');
      String key = at < 0 ? pair : pair.substring(0, at);
      String value =
          at < 0 ? "" : URLDecoder.decode(pair.substring(at + 1), StandardCharsets.UTF_8);
      switch (key) {
        case "registry" -> registries = Settings.addresses(value);
        case "namespace" -> namespace = value;
        case "zone" -> zone = value;
        default ->
            throw new IllegalArgumentException(
                "target: '" + uri + "' has '" + key + "' (expected: registry, namespace, zone)");
      }
    }
    Settings checked = settings.withRegistries(registries).withNamespace(namespace);
    return new Target(Settings.checkedService(service), checked.place(), zone);
  }

  @Override
  public String toString() {
    return SCHEME
        + ":///"
        + service
        + "?registry="
        + String.join(",", place.registries())
        + "&namespace="
        + place.namespace()
        + (zone.isEmpty() ? "" : "&zone=" + URLEncoder.encode(zone, StandardCharsets.UTF_8));
  }
}
