// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.store.StoreException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** Looks at a Redis before anything is entrusted to it. */
final class Inspector {
  private static final Logger log = LoggerFactory.getLogger(Inspector.class);
  private static final int ANSWER_MILLIS = 2_000;

  /** What a user of its own needs; the README says the same. */
  private static final String RIGHTS =
      "~rollcall:* +@read +@write +@scripting +ping +select +time +wait +info +client|setname"
          + " +config|get +cluster|slots";

  private static final Pattern POLICY = Pattern.compile("maxmemory_policy:(\\S+)");
  private static final Pattern VERSION = Pattern.compile("redis_version:(\\d+)\\.(\\d+)");

  private final RedisSettings settings;
  private final Dialer dialer;

  Inspector(RedisSettings settings, Dialer dialer) {
    this.settings = settings;
    this.dialer = dialer;
  }

  /**
   * Looks.
   *
   * @throws StoreException if it cannot be reached, or would lose what is kept in it
   */
  void inspect() {
    try (Reader reader = new Reader(dialer.dial(dialer.masterOf(0), ANSWER_MILLIS))) {
      version(reader);
      memory(reader);
      persistence(reader);
      rights(reader);
    } catch (JedisDataException e) {
      throw new StoreException(settings + " refuses: " + e.getMessage(), e);
    } catch (JedisException e) {
      throw new StoreException(settings + " cannot be reached: " + Reader.reason(e), e);
    }
  }

  private void version(Reader reader) {
    try {
      Matcher version = VERSION.matcher(Keys.text(reader.ask(Command.INFO, Keys.bytes("server"))));
      if (version.find()) {
        int major = Integer.parseInt(version.group(1));
        int minor = Integer.parseInt(version.group(2));
        if (major < 6 || (major == 6 && minor < 2)) {
          throw new StoreException(
              "%s is Redis %d.%d (expected: 6.2 or later)".formatted(settings, major, minor));
        }
      }
    } catch (JedisDataException e) {
      log.warn("{}: INFO is not permitted; a restart of Redis cannot be noticed", settings);
    }
  }

  private void memory(Reader reader) {
    String policy = setting(reader, "maxmemory-policy");
    if (policy.isEmpty()) {
      policy = policyInInfo(reader);
    }
    if (!policy.isEmpty() && !policy.equals("noeviction")) {
      throw new StoreException(
          "%s has maxmemory-policy %s: it would throw registrations away (expected: noeviction)"
              .formatted(settings, policy));
    }
  }

  /** Where CONFIG is not permitted, as with Redis as a service. */
  private static String policyInInfo(Reader reader) {
    try {
      Matcher policy = POLICY.matcher(Keys.text(reader.ask(Command.INFO, Keys.bytes("memory"))));
      return policy.find() ? policy.group(1) : "";
    } catch (JedisDataException e) {
      return "";
    }
  }

  private void persistence(Reader reader) {
    if (setting(reader, "appendonly").equals("no") && setting(reader, "save").isEmpty()) {
      log.warn(
          "{} keeps nothing on disk: after its restart the servers bring back what they know;"
              + " set appendonly yes to be safe when all of them are gone",
          settings);
    }
  }

  /** Empty where that may not be asked. */
  private String setting(Reader reader, String name) {
    try {
      List<Object> answer =
          Reader.list(reader.ask(Command.CONFIG, Keys.bytes("GET"), Keys.bytes(name)));
      return answer.size() > 1 ? Keys.text(answer.get(1)) : "";
    } catch (JedisDataException e) {
      log.debug("{}: CONFIG is not permitted", settings);
      return "";
    }
  }

  private void rights(Reader reader) {
    byte[] nothing = Keys.nothing(0);
    try {
      reader.run(
          new Call(Script.REMAINING, List.of(nothing, nothing, nothing), List.of(Keys.bytes("-"))));
      reader.ask(
          Command.XRANGE,
          nothing,
          Keys.bytes("-"),
          Keys.bytes("+"),
          Keys.bytes("COUNT"),
          Keys.bytes(1));
    } catch (JedisDataException e) {
      throw new StoreException(
          "%s refuses: %s (expected: a user with %s)".formatted(settings, e.getMessage(), RIGHTS),
          e);
    }
  }
}
