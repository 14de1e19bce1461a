// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import java.util.Locale;

/**
 * The server's settings. {@code GRPC_PORT} is {@code --grpc-port} on the command line, {@code
 * ROLLCALL_GRPC_PORT} in the environment and {@code grpc-port} in the file.
 */
enum Flag {
  CONFIG("", "FILE", "read settings from this YAML file, one 'flag: value' a line"),
  CONFIG_SEED("", "FILE", "YAML with settings; those that do not exist are set before it is ready"),
  HOST("127.0.0.1", "ADDRESS", "listen here; off loopback only together with --insecure"),
  GRPC_PORT("7070", "PORT", "for gRPC; 0 takes any free one"),
  HTTP_PORT("7071", "PORT", "JSON, metrics, /livez and /readyz; 0 takes any free one"),
  HTTP_HOSTS(
      "", "NAME,…", "names, *.domains or * by which the HTTP port may be asked, besides addresses"),
  INSECURE("false", "", "let everybody who reaches the ports read and write"),
  ADVERTISE("", "HOST:PORT", "where others reach this server, if not at host and gRPC port"),
  PROBE_ALLOW(
      "",
      "CIDR,…",
      "health checks may go there; by default private ranges (and loopback, if host)"),
  PROBE_DENY("", "CIDR,…", "health checks may not go there, whatever is allowed"),
  STORE("embedded", "KIND", "where registrations are kept: embedded or redis"),
  DATA_DIR("./rollcall-data", "DIRECTORY", "of the embedded store; made if missing"),
  REDIS_URL(
      "",
      "URL",
      "of the Redis that several servers share, redis[s]://[user@]host:port[/db],"
          + " redis-sentinel://host:port,…/master or redis-cluster://host:port,…; implies --store redis"),
  REDIS_PASSWORD_FILE("", "FILE", "the password for Redis; its first line"),
  REDIS_WAIT_REPLICAS("0", "COUNT", "replicas of Redis that must have a change before the answer"),
  NEW_EPOCH("false", "", "begin a new lineage of revisions: once, after putting a backup back"),
  LEASE_DEFAULT("10s", "DURATION", "the lease of an instance that asks for none"),
  LEASE_MAX("24h", "DURATION", "the longest lease that an instance may ask for"),
  HEARTBEAT_MAX("30s", "DURATION", "the longest pause between heartbeats that is asked for"),
  PROTECT_SHARE("30%", "PERCENT", "of a service that may be lost within the window"),
  PROTECT_WINDOW("60s", "DURATION", "in which losses are counted together"),
  PROTECT_MAX("10m", "DURATION", "the longest that the registry doubts a loss"),
  EVENTS_MAX_COUNT("100000", "COUNT", "past changes kept for each namespace"),
  EVENTS_MAX_AGE("7d", "DURATION", "how long past changes are kept"),
  LOG_FORMAT("text", "FORMAT", "of the log on standard error: text or json"),
  LOG_LEVEL("info", "LEVEL", "what is logged: error, warn, info, debug or trace");

  private final String preset;
  private final String label;
  private final String description;

  Flag(String preset, String label, String description) {
    this.preset = preset;
    this.label = label;
    this.description = description;
  }

  /** Its value where nothing is given; empty: none. */
  String preset() {
    return preset;
  }

  /** What its value is called in the help; empty for a switch. */
  String label() {
    return label;
  }

  /** What it is for. */
  String description() {
    return description;
  }

  /** On the command line. */
  String option() {
    return "--" + key();
  }

  /** In the environment. */
  String variable() {
    return "ROLLCALL_" + name();
  }

  /** In the file. */
  String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
