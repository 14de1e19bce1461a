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
import java.util.concurrent.TimeUnit;
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

  /** How much longer than a batch may take the feed waits for its confirmation. */
  private static final long CONFIRM_MILLIS = Lane.WAIT_REPLICAS_MILLIS + 200;

  private static final String IN_THE_WAY = "equal or smaller than the target stream top item";

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

  /**
   * Where Redis' replicas must have a change before it is told, waits until they have those of this
   * server, or had their time. On the follower's thread.
   */
  synchronized void awaitReplicas(List<Commit> commits) throws InterruptedException {
    long until = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CONFIRM_MILLIS);
    for (Commit commit : commits) {
      Sent sent = settings.waitReplicas() > 0 ? underWay.get(commit.position().nonce()) : null;
      while (sent != null && sent.revision == 0 && clock.nanoTime() - until < 0) {
        TimeUnit.NANOSECONDS.timedWait(this, until - clock.nanoTime());
      }
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

  /** True: the feed is in another epoch than the one that kept it, so Redis is asked again. */
  private boolean kept(Sent sent, long revision, String epoch) {
    Position at;
    synchronized (this) {
      sent.revision = revision;
      notifyAll();
      at = delivered.getOrDefault(sent.append.namespace(), Position.UNBORN);
      boolean sameEpoch = at.epoch().equals(epoch);
      if (!underWay.containsKey(sent.append.nonce())
          || at.epoch().isEmpty()
          || (sameEpoch && at.revision() < revision)) {
        return false;
      }
      if (!sameEpoch) {
        return true;
      }
    }
    orphaned(sent, at);
    return false;
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
        if (quarantine.holds(sent.append.namespace()) || Pages.makesNoSense(e)) {
          fail(sent, Failure.UNREADABLE);
          return false;
        }
        if (e.getMessage() != null && e.getMessage().contains(IN_THE_WAY)) {
          // what is in the log there is not ours; whoever follows it takes it out
          lost.run();
          return interrupted();
        }
        boolean full = Reader.says(e, "OOM");
        log.error("Redis refuses a change: {}", e.getMessage());
        fail(sent, full ? Failure.FULL : Failure.UNAVAILABLE);
        return false;
      }
      List<Object> parts = Reader.list(answer);
      if (parts.isEmpty()) {
        return false;
      }
      switch (Keys.text(parts.get(0))) {
        case "OK" -> {
          return kept(sent, (Long) parts.get(1), Keys.text(parts.get(2))) && interrupted();
        }
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
