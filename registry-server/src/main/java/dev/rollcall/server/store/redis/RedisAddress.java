// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.clients.jedis.HostAndPort;

/**
 * Where a Redis is.
 *
 * @param hosts of the server, the sentinels or some nodes of the cluster
 * @param master the name under which the sentinels know it; empty elsewhere
 * @param tls whether connections are encrypted, with the JVM's trust store
 * @param user empty: the default user
 */
public record RedisAddress(
    Kind kind, List<HostAndPort> hosts, String master, boolean tls, String user, int database) {
  /** What answers there. */
  public enum Kind {
    /** One server. */
    SINGLE,
    /** Sentinels, which know the present master. */
    SENTINEL,
    /** Nodes of a cluster. */
    CLUSTER
  }

  /** What {@link #parse} takes. */
  public static final String FORM =
      "redis[s]://[user@]host:port[/db], redis-sentinel://host:port,host:port/master-name"
          + " or redis-cluster://host:port,host:port; the password comes from a file";

  // by hand: java.net.URI knows no lists of hosts
  private static final Pattern URL =
      Pattern.compile(
          "(redis|rediss)(-sentinel|-cluster)?://(?:([^@/:]*)@)?([^@/]+)(?:/([^/?#]*))?");

  private static final Pattern HOST = Pattern.compile("(\\[[0-9a-fA-F:]+]|[^:\\[\\]\\s]+):(\\d+)");

  /** Copies the list. */
  public RedisAddress {
    hosts = List.copyOf(hosts);
  }

  /**
   * Reads a URL.
   *
   * @throws IllegalArgumentException if it is none of {@link #FORM}; the message does not repeat
   *     it, because there may be a password in it
   */
  public static RedisAddress parse(String url) {
    Matcher parts = URL.matcher(url);
    if (!parts.matches()) {
      throw new IllegalArgumentException("not a Redis URL");
    }
    String form = parts.group(2) == null ? "" : parts.group(2);
    String path = parts.group(5) == null ? "" : parts.group(5);
    Kind kind =
        switch (form) {
          case "-sentinel" -> Kind.SENTINEL;
          case "-cluster" -> Kind.CLUSTER;
          default -> Kind.SINGLE;
        };
    List<HostAndPort> hosts = new ArrayList<>();
    for (String host : parts.group(4).split(",", -1)) {
      hosts.add(host(host));
    }
    if (kind == Kind.SINGLE && hosts.size() > 1) {
      throw new IllegalArgumentException("several hosts of a single Redis");
    }
    if (kind == Kind.SENTINEL && path.isEmpty()) {
      throw new IllegalArgumentException("no master name");
    }
    if (kind == Kind.CLUSTER && !path.isEmpty()) {
      throw new IllegalArgumentException("a cluster has no databases");
    }
    return new RedisAddress(
        kind,
        hosts,
        kind == Kind.SENTINEL ? path : "",
        parts.group(1).equals("rediss"),
        parts.group(3) == null ? "" : parts.group(3),
        kind == Kind.SINGLE && !path.isEmpty() ? database(path) : 0);
  }

  private static HostAndPort host(String text) {
    Matcher host = HOST.matcher(text);
    int port = host.matches() && host.group(2).length() < 6 ? Integer.parseInt(host.group(2)) : 0;
    if (port < 1 || port > 65_535) {
      throw new IllegalArgumentException("not host:port");
    }
    return new HostAndPort(host.group(1).replaceAll("[\\[\\]]", ""), port);
  }

  private static int database(String text) {
    if (!text.matches("\\d{1,4}")) {
      throw new IllegalArgumentException("not a database number");
    }
    return Integer.parseInt(text);
  }

  @Override
  public String toString() {
    List<String> all = hosts.stream().map(HostAndPort::toString).toList();
    String form = kind == Kind.SINGLE ? "" : kind == Kind.SENTINEL ? "-sentinel" : "-cluster";
    String path = kind == Kind.SENTINEL ? "/" + master : database > 0 ? "/" + database : "";
    return (tls ? "rediss" : "redis") + form + "://" + String.join(",", all) + path;
  }
}
