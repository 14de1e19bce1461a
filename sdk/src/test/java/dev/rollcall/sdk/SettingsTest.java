// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsTest {
  @Test
  void fromEnvironment_empty_isTheDefaults() {
    assertThat(Settings.fromEnvironment(Map.of()))
        .isEqualTo(
            new Settings(
                List.of("localhost:7070"), "default", Optional.empty(), "", Optional.empty()));
  }

  @Test
  void fromEnvironment_full_mapsAll() {
    Map<String, String> env =
        Map.of(
            "ROLLCALL_ADDR", "r1:7070, r2:7070",
            "ROLLCALL_NAMESPACE", "shop",
            "ROLLCALL_ADVERTISE_HOST", "me",
            "POD_IP", "10.0.0.9",
            "ROLLCALL_ZONE", "z1",
            "ROLLCALL_CACHE_DIR", "/var/cache/shop");
    assertThat(Settings.fromEnvironment(env))
        .isEqualTo(
            new Settings(
                List.of("r1:7070", "r2:7070"),
                "shop",
                Optional.of("me"),
                "z1",
                Optional.of(Path.of("/var/cache/shop"))));
  }

  @Test
  void fromEnvironment_podIp_isAdvertised() {
    assertThat(Settings.fromEnvironment(Map.of("POD_IP", "10.0.0.9")).advertiseHost())
        .contains("10.0.0.9");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "host", "host:", ":1", "host:0", "host:70000", "::1:80"})
  void parse_badAddress_saysWhatIsExpected(String text) {
    assertThatThrownBy(() -> HostPort.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: host:port");
  }

  @Test
  void parse_ipv6_keepsItsBrackets() {
    assertThat(HostPort.parse("[::1]:80")).hasToString("[::1]:80");
  }

  @Test
  void target_withQuery_namesRegistryAndNamespace() {
    Target target = target("rollcall:///product?registry=a:1,b:2&namespace=shop");
    assertThat(target.service()).isEqualTo("product");
    assertThat(target.place()).isEqualTo(new Settings.Place(List.of("a:1", "b:2"), "shop"));
    assertThat(target(target.toString())).isEqualTo(target);
    Target zoned = target("rollcall:///product?zone=rack+7%2F3");
    assertThat(zoned.zone()).isEqualTo("rack 7/3");
    assertThat(target(zoned.toString())).isEqualTo(zoned);
  }

  @Test
  void target_plain_takesTheEnvironment() {
    assertThat(target("rollcall:///product").place().registries()).containsExactly("env:7070");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rollcall:///",
        "rollcall://h:1/product",
        "rollcall:///Product",
        "rollcall:///a/b",
        "rollcall:///product?colour=a"
      })
  void target_bad_isRefused(String text) {
    assertThatThrownBy(() -> target(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void id_strangeHostName_isMadeFit() {
    assertThat(Advertised.id(Map.of("HOSTNAME", "My_Host.Ärzte"), 7081))
        .isEqualTo("my_host.-rzte-7081");
  }

  @Test
  void backoff_grows_upToItsLongest() {
    Backoff backoff = Backoff.standard(new Random(1));
    assertThat(backoff.next()).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
    for (int i = 0; i < 10; i++) {
      assertThat(backoff.next()).isBetween(Duration.ofMillis(100), Duration.ofSeconds(2));
    }
    assertThat(backoff.next()).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    backoff.reset();
    assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofMillis(100));
  }

  private static Target target(String text) {
    return Target.parse(URI.create(text), Map.of("ROLLCALL_ADDR", "env:7070"));
  }
}
