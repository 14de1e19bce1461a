// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.store.Epoch;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.Store.Append;
import dev.rollcall.server.store.Store.Failure;
import dev.rollcall.server.store.Store.Feed;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Changes of this server on their way: from being handed over until the feed brings them back, or
 * until it is told why not.
 *
 * <p>A reply that is lost means unknown: the change is sent again with the same nonce until Redis
 * has said what became of it. A reply that it is kept means nothing yet either: the feed decides.
 *
 * <p>Appends come from any thread, answers on the lane's, deliveries on the follower's.
 */
final class Commits {
  private static final Logger log = LoggerFactory.getLogger(Commits.class);
  private static final Duration PATIENCE = Duration.ofMillis(4_500);

  private final Lane lane;
  private final Loop clock;
  private final RandomGenerator random;
  private final RedisSettings settings;
  private final Quarantine quarantine;
  private final Runnable lost;
  private final Feed feed;

  // guarded by this
  private final Map<Long, Sent> underWay = new HashMap<>();
  private final Map<String, Position> delivered = new HashMap<>();

  /**
   * @param random for epochs; used on the lane's thread
   * @param clock only its time is used
   * @param lost is told when Redis does not know a namespace that this server knows
   */
  Commits(Lane lane, Loop clock, RandomGenerator random, Desk desk, Runnable lost, Feed feed) {
    this.lane = lane;
    this.clock = clock;
    this.random = random;
    this.settings = desk.settings();
    this.quarantine = desk.quarantine();
    this.lost = lost;
    this.feed = feed;
  }

  /** What belongs to the whole store. */
  record Desk(RedisSettings settings, Quarantine quarantine) {}

  /** Hands over a change. */
  void append(Append append) {
    Sent sent = new Sent(append, clock.nanoTime() + PATIENCE.toNanos());
    synchronized (this) {
      underWay.put(append.nonce(), sent);
    }
    if (!lane.submit(new Delivery(sent))) {
      fail(sent, Failure.UNAVAILABLE);
    }
  }

  /** The feed is about to bring these; on the follower's thread. */
  synchronized void delivering(String namespace, List<Commit> commits) {
    for (Commit commit : commits) {
      underWay.remove(commit.position().nonce());
    }
    delivered.put(namespace, commits.get(commits.size() - 1).position());
  }

  /** The feed is about to start over from here; on the follower's thread. */
  void restarting(Kept.Namespace now) {
    String namespace = now.catalog().namespace();
    Position at = now.catalog().position();
    Set<Long> kept = new HashSet<>();
    now.log().forEach(commit -> kept.add(commit.position().nonce()));
    List<Sent> orphans;
    synchronized (this) {
      underWay.keySet().removeAll(kept);
      delivered.put(namespace, at);
      orphans =
          underWay.values().stream()
              .filter(sent -> sent.append.namespace().equals(namespace) && sent.revision > 0)
              .toList();
    }
    orphans.forEach(sent -> orphaned(sent, at));
  }

  /** Whether all that Redis said it keeps has come back. */
  synchronized boolean settled() {
    return underWay.values().stream().noneMatch(sent -> sent.revision > 0);
  }

  /** Redis kept it, but it did not come back one by one, and its trace is gone from the log. */
  private void orphaned(Sent sent, Position at) {
    if (at.epoch().equals(sent.append.decidedAt().epoch())) {
      fail(sent, Failure.OUTCOME_UNKNOWN);
    } else if (take(sent)) {
      feed.overtaken(sent.append, at);
    }
  }

  private void kept(Sent sent, long revision) {
    Position at;
    synchronized (this) {
      sent.revision = revision;
      at = delivered.getOrDefault(sent.append.namespace(), Position.UNBORN);
      if (!underWay.containsKey(sent.append.nonce()) || at.revision() < revision) {
        return;
      }
    }
    orphaned(sent, at);
  }

  private void fail(Sent sent, Failure why) {
    if (take(sent)) {
      feed.failed(sent.append, why);
    }
  }

  /** False: the feed brought it already. */
  private synchronized boolean take(Sent sent) {
    return underWay.remove(sent.append.nonce()) != null;
  }

  /** One change on the lane. */
  private final class Delivery implements Job {
    private final Sent sent;

    Delivery(Sent sent) {
      this.sent = sent;
    }

    @Override
    public int shard() {
      return sent.keys.shard();
    }

    @Override
    public Call call() {
      InstanceKey key = sent.append.change().key();
      long expected = sent.append.expected();
      if (expected == 0) {
        // a record that cannot be read counts as none, and may be written over
        expected = quarantine.revision(sent.append.namespace(), key.toString());
      }
      try {
        Call call = sent.call(Epoch.draw(random), expected, settings.eventsMaxCount());
        sent.left = true;
        return call;
      } catch (ArithmeticException e) {
        // a time that no store can hold: this change's own fault, so the others must not suffer
        fail(sent, Failure.UNAVAILABLE);
        return new Call(Script.REMAINING, sent.keys.ofLeases(), List.of());
      }
    }

    @Override
    public boolean patient() {
      return true;
    }

    @Override
    public boolean interrupted() {
      if (clock.nanoTime() - sent.deadlineNanos < 0) {
        return true;
      }
      fail(sent, sent.left ? Failure.OUTCOME_UNKNOWN : Failure.UNAVAILABLE);
      return false;
    }

    @Override
    public boolean answered(Object answer) {
      if (answer instanceof JedisDataException e) {
        boolean full = Reader.starts(e, "OOM");
        log.error("Redis refuses a change: {}", e.getMessage());
        fail(sent, full ? Failure.FULL : Failure.UNAVAILABLE);
        return false;
      }
      List<Object> parts = Reader.list(answer);
      if (parts.isEmpty()) {
        return false;
      }
      switch (Keys.text(parts.get(0))) {
        case "OK" -> kept(sent, (Long) parts.get(1));
        case "CONFLICT" -> {
          if (take(sent)) {
            feed.overtaken(
                sent.append, new Position(Keys.text(parts.get(1)), (Long) parts.get(2), 0));
          }
        }
        case "ALIVE" -> fail(sent, Failure.LEASE_RENEWED);
        default -> {
          lost.run();
          return interrupted();
        }
      }
      return false;
    }
  }
}
