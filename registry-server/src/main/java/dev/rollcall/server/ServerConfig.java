// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import dev.rollcall.server.probe.Cidr;
import dev.rollcall.server.probe.ProbeTargets;
import dev.rollcall.server.store.redis.RedisAddress;
import dev.rollcall.server.store.redis.RedisSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a server is to run. Checked: every value can be followed.
 *
 * @param seed settings that are set if they do not exist
 * @param host to listen on
 * @param grpcPort 0: any free one
 * @param httpPort 0: any free one
 * @param httpHosts names by which the HTTP port may be asked, besides those that are always safe
 * @param insecure whether everybody who reaches the ports may read and write
 * @param advertise host:port where others reach this server; null: where it listens
 * @param probeAllow where health checks may go
 * @param probeDeny where they may not, whatever is allowed
 * @param redis the shared store; null: the embedded one
 * @param dataDir of the embedded store
 * @param newEpoch whether to begin a new lineage of revisions
 * @param leaseDefault the lease of an instance that asks for none
 * @param leaseMax the longest lease that may be asked for
 * @param heartbeatMax the longest pause between heartbeats that is asked for
 * @param protectShare of a service that may be lost within the window, 0 to 1
 * @param protectWindow in which losses are counted together
 * @param protectMax the longest that a loss is doubted
 * @param eventsMaxCount past changes kept for each namespace
 * @param eventsMaxAge how long past changes are kept
 */
public record ServerConfig(
    Map<String, String> seed,
    String host,
    int grpcPort,
    int httpPort,
    List<String> httpHosts,
    boolean insecure,
    @Nullable String advertise,
    List<Cidr> probeAllow,
    List<Cidr> probeDeny,
    @Nullable RedisSettings redis,
    Path dataDir,
    boolean newEpoch,
    Duration leaseDefault,
    Duration leaseMax,
    Duration heartbeatMax,
    double protectShare,
    Duration protectWindow,
    Duration protectMax,
    int eventsMaxCount,
    Duration eventsMaxAge,
    LogFormat logFormat,
    String logLevel) {
  /** Copies the lists. */
  public ServerConfig {
    seed = Map.copyOf(seed);
    httpHosts = List.copyOf(httpHosts);
    probeAllow = List.copyOf(probeAllow);
    probeDeny = List.copyOf(probeDeny);
  }

  /** How log lines look. */
  public enum LogFormat {
    /** For people. */
    TEXT,
    /** One object a line. */
    JSON
  }

  private static final Pattern HTTP_HOST =
      Pattern.compile("\\*|(\\*\\.)?[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63}){0,20}\\.?");

  private static final Pattern HOST_PORT = Pattern.compile("(\\[[^]]+]|[^:\\[\\]\\s]+):(\\d{1,5})");

  /**
   * Reads and checks what was given.
   *
   * @throws UsageException naming the first value that cannot be followed
   */
  static ServerConfig of(Settings given) {
    Duration leaseMax = given.duration(Flag.LEASE_MAX, "1s", "365d");
    return new ServerConfig(
        seed(given),
        host(given),
        given.number(Flag.GRPC_PORT, 0, 65_535, "a port"),
        given.number(Flag.HTTP_PORT, 0, 65_535, "a port"),
        httpHosts(given),
        given.toggle(Flag.INSECURE),
        advertise(given),
        probeAllow(given),
        ranges(given, Flag.PROBE_DENY),
        redis(given),
        dataDir(given),
        given.toggle(Flag.NEW_EPOCH),
        leaseDefault(given, leaseMax),
        leaseMax,
        given.duration(Flag.HEARTBEAT_MAX, "100ms", "1h"),
        given.percent(Flag.PROTECT_SHARE) / 100.0,
        given.duration(Flag.PROTECT_WINDOW, "1s", "1h"),
        given.duration(Flag.PROTECT_MAX, "1s", "24h"),
        given.number(Flag.EVENTS_MAX_COUNT, 1, 100_000_000, "a number"),
        given.duration(Flag.EVENTS_MAX_AGE, "1s", "3650d"),
        LogFormat.valueOf(
            given.choice(Flag.LOG_FORMAT, List.of("text", "json")).toUpperCase(Locale.ROOT)),
        given.choice(Flag.LOG_LEVEL, List.of("error", "warn", "info", "debug", "trace")));
  }

  private static Map<String, String> seed(Settings given) {
    String file = given.text(Flag.CONFIG_SEED);
    return file.isEmpty() ? Map.of() : SeedFile.settings(file, given.document(Flag.CONFIG_SEED));
  }

  private static String host(Settings given) {
    String host = given.text(Flag.HOST);
    try {
      // an empty name would quietly mean loopback
      if (host.isBlank()) {
        throw given.refused(Flag.HOST, "an address or name of this machine");
      }
      if (!loopback(host) && !given.toggle(Flag.INSECURE)) {
        throw given.refused(
            Flag.HOST,
            "a loopback address such as 127.0.0.1; or add --insecure to let everybody who reaches the ports read and write");
      }
      return host;
    } catch (UnknownHostException e) {
      throw given.refused(Flag.HOST, "an address or name of this machine");
    }
  }

  /** Those that are listed, and those by which the server itself says that it is reached. */
  private static List<String> httpHosts(Settings given) {
    List<String> hosts = new ArrayList<>(given.list(Flag.HTTP_HOSTS));
    for (String name : hosts) {
      if (!HTTP_HOST.matcher(name).matches()) {
        throw given.refused(
            Flag.HTTP_HOSTS, "names such as registry.example.com,*.example.org, or *");
      }
    }
    hosts.add(given.text(Flag.HOST));
    String advertise = advertise(given);
    if (advertise != null) {
      hosts.add(advertise.substring(0, advertise.lastIndexOf(':')));
    }
    return hosts;
  }

  private static boolean loopback(String host) throws UnknownHostException {
    return InetAddress.getByName(host).isLoopbackAddress();
  }

  private static List<Cidr> probeAllow(Settings given) {
    if (!given.list(Flag.PROBE_ALLOW).isEmpty()) {
      return ranges(given, Flag.PROBE_ALLOW);
    }
    List<Cidr> allow = new ArrayList<>(ProbeTargets.PRIVATE);
    try {
      // whoever registers with a server on loopback is on this machine
      if (loopback(given.text(Flag.HOST))) {
        allow.addAll(ProbeTargets.LOOPBACK);
      }
    } catch (UnknownHostException e) {
      throw given.refused(Flag.HOST, "an address or name of this machine");
    }
    return allow;
  }

  private static List<Cidr> ranges(Settings given, Flag flag) {
    List<Cidr> ranges = new ArrayList<>();
    for (String text : given.list(flag)) {
      Cidr range = Cidr.parse(text);
      if (range == null) {
        throw given.refused(flag, "ranges such as 10.0.0.0/8,fd00::/8");
      }
      ranges.add(range);
    }
    return ranges;
  }

  private static @Nullable String advertise(Settings given) {
    String text = given.text(Flag.ADVERTISE);
    if (text.isEmpty()) {
      return null;
    }
    Matcher parts = HOST_PORT.matcher(text);
    if (!parts.matches()
        || Integer.parseInt(parts.group(2)) < 1
        || Integer.parseInt(parts.group(2)) > 65_535) {
      throw given.refused(Flag.ADVERTISE, "host:port, such as registry-1:7070");
    }
    return text;
  }

  /** What it calls its store. */
  String store() {
    return redis == null ? "embedded" : "redis";
  }

  private static @Nullable RedisSettings redis(Settings given) {
    String url = given.text(Flag.REDIS_URL);
    String store = given.choice(Flag.STORE, List.of("embedded", "redis"));
    String password = password(given);
    int waitReplicas = given.number(Flag.REDIS_WAIT_REPLICAS, 0, 10, "a number");
    if (url.isEmpty()) {
      if (store.equals("redis")) {
        throw given.refused(Flag.REDIS_URL, RedisAddress.FORM);
      }
      return null;
    }
    RedisAddress address;
    try {
      address = RedisAddress.parse(url);
    } catch (IllegalArgumentException e) {
      // without the value: there may be a password in it
      throw new UsageException(
          "%s: %s (expected: %s)"
              .formatted(given.where(Flag.REDIS_URL), e.getMessage(), RedisAddress.FORM));
    }
    return new RedisSettings(
        address,
        password,
        waitReplicas,
        given.number(Flag.EVENTS_MAX_COUNT, 1, 100_000_000, "a number"),
        given.duration(Flag.EVENTS_MAX_AGE, "1s", "3650d"));
  }

  private static String password(Settings given) {
    String file = given.text(Flag.REDIS_PASSWORD_FILE);
    if (file.isEmpty()) {
      return "";
    }
    try {
      return Files.readString(Path.of(file), StandardCharsets.UTF_8).lines().findFirst().orElse("");
    } catch (IOException | InvalidPathException e) {
      throw given.refused(Flag.REDIS_PASSWORD_FILE, "a file that can be read");
    }
  }

  private static Path dataDir(Settings given) {
    try {
      if (!given.text(Flag.DATA_DIR).isBlank()) {
        return Path.of(given.text(Flag.DATA_DIR));
      }
    } catch (InvalidPathException e) {
      throw given.refused(Flag.DATA_DIR, "a directory");
    }
    throw given.refused(Flag.DATA_DIR, "a directory");
  }

  private static Duration leaseDefault(Settings given, Duration leaseMax) {
    Duration value = given.duration(Flag.LEASE_DEFAULT, "1s", "365d");
    if (value.compareTo(leaseMax) > 0) {
      throw given.refused(Flag.LEASE_DEFAULT, "at most --lease-max, " + given.text(Flag.LEASE_MAX));
    }
    return value;
  }
}
