// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.rollcall.server.ServerConfig.LogFormat;
import dev.rollcall.server.probe.Cidr;
import dev.rollcall.server.probe.ProbeTargets;
import dev.rollcall.server.store.redis.RedisAddress;
import dev.rollcall.server.store.redis.RedisSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ServerConfigTest {
  private static ServerConfig config(Map<Flag, String> options) {
    return ServerConfig.of(Settings.gather(options, Map.of(), warning -> {}));
  }

  @Test
  void of_nothing_isTheDefaults() {
    assertThat(config(Map.of()))
        .isEqualTo(
            new ServerConfig(
                Map.of(),
                "127.0.0.1",
                7070,
                7071,
                List.of("127.0.0.1"),
                false,
                null,
                Stream.concat(ProbeTargets.PRIVATE.stream(), ProbeTargets.LOOPBACK.stream())
                    .toList(),
                List.of(),
                null,
                Path.of("./rollcall-data"),
                false,
                Duration.ofSeconds(10),
                Duration.ofHours(24),
                Duration.ofSeconds(30),
                0.3,
                Duration.ofSeconds(60),
                Duration.ofMinutes(10),
                100_000,
                Duration.ofDays(7),
                LogFormat.TEXT,
                "info"));
  }

  private static Map<Flag, String> everything() {
    Map<Flag, String> options = new EnumMap<>(Flag.class);
    options.put(Flag.HOST, "0.0.0.0");
    options.put(Flag.GRPC_PORT, "1");
    options.put(Flag.HTTP_PORT, "0");
    options.put(Flag.HTTP_HOSTS, "registry.example.com, *.example.org");
    options.put(Flag.INSECURE, "true");
    options.put(Flag.ADVERTISE, "registry-1:7070");
    options.put(Flag.PROBE_ALLOW, "10.1.0.0/16, ::1/128");
    options.put(Flag.PROBE_DENY, "10.1.2.3/32");
    options.put(Flag.CONFIG_SEED, "");
    options.put(Flag.STORE, "redis");
    options.put(Flag.REDIS_URL, "rediss://me@redis-1:6379/2");
    options.put(Flag.REDIS_PASSWORD_FILE, "");
    options.put(Flag.REDIS_WAIT_REPLICAS, "1");
    options.put(Flag.DATA_DIR, "/var/lib/rollcall");
    options.put(Flag.NEW_EPOCH, "true");
    options.put(Flag.LEASE_DEFAULT, "1500ms");
    options.put(Flag.LEASE_MAX, "2h");
    options.put(Flag.HEARTBEAT_MAX, "5m");
    options.put(Flag.PROTECT_SHARE, "50%");
    options.put(Flag.PROTECT_WINDOW, "10s");
    options.put(Flag.PROTECT_MAX, "5s");
    options.put(Flag.EVENTS_MAX_COUNT, "7");
    options.put(Flag.EVENTS_MAX_AGE, "2d");
    options.put(Flag.LOG_FORMAT, "json");
    options.put(Flag.LOG_LEVEL, "debug");
    return options;
  }

  @Test
  void of_everything_isFollowed() {
    assertThat(config(everything()))
        .isEqualTo(
            new ServerConfig(
                Map.of(),
                "0.0.0.0",
                1,
                0,
                List.of("registry.example.com", "*.example.org", "0.0.0.0", "registry-1"),
                true,
                "registry-1:7070",
                ranges("10.1.0.0/16", "::1/128"),
                ranges("10.1.2.3/32"),
                new RedisSettings(
                    RedisAddress.parse("rediss://me@redis-1:6379/2"), "", 1, 7, Duration.ofDays(2)),
                Path.of("/var/lib/rollcall"),
                true,
                Duration.ofMillis(1_500),
                Duration.ofHours(2),
                Duration.ofMinutes(5),
                0.5,
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                7,
                Duration.ofDays(2),
                LogFormat.JSON,
                "debug"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HOST | 0.0.0.0 | a loopback address such as 127.0.0.1; or add --insecure",
        "HOST | '' | an address or name of this machine",
        "GRPC_PORT | 65536 | a port from 0 to 65535",
        "GRPC_PORT | -1 | a port from 0 to 65535",
        "HTTP_PORT | http | a port from 0 to 65535",
        "HTTP_HOSTS | http://a | names such as registry.example.com,*.example.org, or *",
        "HTTP_HOSTS | a:7071 | names such as",
        "HTTP_HOSTS | a,, | names such as",
        "INSECURE | yes | true or false",
        "ADVERTISE | registry-1 | host:port, such as registry-1:7070",
        "ADVERTISE | a:0 | host:port",
        "ADVERTISE | a:70000 | host:port",
        "PROBE_ALLOW | 10.0.0.0 | 'ranges such as 10.0.0.0/8,fd00::/8'",
        "PROBE_ALLOW | 10.0.0.1/8 | ranges such as",
        "PROBE_ALLOW | 10.0.0.0/33 | ranges such as",
        "PROBE_DENY | '10.0.0.0/8,' | ranges such as",
        "PROBE_DENY | localhost/8 | ranges such as",
        "STORE | etcd | embedded or redis",
        "REDIS_PASSWORD_FILE | /no/such/file | a file that can be read",
        "REDIS_WAIT_REPLICAS | 11 | a number from 0 to 10",
        "STORE | file | embedded",
        "DATA_DIR | '' | a directory",
        "NEW_EPOCH | 1 | true or false",
        "LEASE_DEFAULT | 10 | a duration from 1s to 365d",
        "LEASE_DEFAULT | 0s | a duration from 1s to 365d",
        "LEASE_DEFAULT | 25h | 'at most --lease-max, 24h'",
        "LEASE_MAX | 366d | a duration from 1s to 365d",
        "HEARTBEAT_MAX | -5s | a duration from 100ms to 1h",
        "PROTECT_SHARE | 101% | a percentage from 0% to 100%",
        "PROTECT_SHARE | half | a percentage from 0% to 100%",
        "PROTECT_WINDOW | 0s | a duration from 1s to 1h",
        "PROTECT_MAX | 25h | a duration from 1s to 24h",
        "EVENTS_MAX_COUNT | 0 | a number from 1 to 100000000",
        "EVENTS_MAX_COUNT | 99999999999 | a number from 1 to 100000000",
        "EVENTS_MAX_AGE | 9999999999d | a duration from 1s to 3650d",
        "LOG_FORMAT | xml | text or json",
        "LOG_LEVEL | loud | error or warn or info or debug or trace",
      })
  void of_badValue_namesFlagValueAndExpectation(Flag flag, String value, String expected) {
    String shown = value.isEmpty() ? "''" : value;
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> config(Map.of(flag, value)))
        .withMessageStartingWith(flag.option() + ": " + shown + " (expected: " + expected);
  }

  private static List<Cidr> ranges(String... texts) {
    return Stream.of(texts).map(Cidr::parse).map(Objects::requireNonNull).toList();
  }

  @Test
  void of_hostOffLoopback_probesNoLoopbackUnlessAllowed() {
    Map<Flag, String> open = Map.of(Flag.HOST, "0.0.0.0", Flag.INSECURE, "true");
    assertThat(config(open).probeAllow()).isEqualTo(ProbeTargets.PRIVATE);
    Map<Flag, String> allowed = new EnumMap<>(open);
    allowed.put(Flag.PROBE_ALLOW, "127.0.0.0/8");
    assertThat(config(allowed).probeAllow()).isEqualTo(ranges("127.0.0.0/8"));
  }

  @Test
  void of_advertisedIpv6_isTaken() {
    assertThat(config(Map.of(Flag.ADVERTISE, "[fd00::1]:7070")).advertise())
        .isEqualTo("[fd00::1]:7070");
  }

  @Test
  void of_seed_readsNestedAndFlatKeys(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("seed.yaml");
    Files.writeString(file, "order/max-items: 7\nproduct:\n  limits:\n    rate: 1.5\n  on: true\n");
    assertThat(config(Map.of(Flag.CONFIG_SEED, file.toString())).seed())
        .isEqualTo(
            Map.of("order/max-items", "7", "product/limits/rate", "1.5", "product/on", "true"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a: [1, 2]", "a:", "a/b: 1\na:\n  b: 2", "- 1", "a: 'x"})
  void of_badSeed_isRefused(String text, @TempDir Path folder) throws IOException {
    Path file = folder.resolve("seed.yaml");
    Files.writeString(file, text);
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> config(Map.of(Flag.CONFIG_SEED, file.toString())))
        .withMessageContaining(file.toString());
  }

  @Test
  void of_seedThatCannotBeRead_isRefused() {
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> config(Map.of(Flag.CONFIG_SEED, "/no/such/file")))
        .withMessageContaining("/no/such/file");
  }
}
