// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.store.EventLog;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.LeaseTable;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The store that several servers share, all of them active: a Redis, alone, watched by sentinels or
 * a cluster.
 *
 * <p>Any thread may append. One lane sends changes, another one beats, so that neither waits for
 * the other; a follower for each server of Redis brings back what all of them wrote.
 */
public final class RedisStore implements Store {
  private static final long CLOSE_MILLIS = 6_000;

  private final RedisSettings settings;
  private final Loop clock;
  private final RandomGenerator random;
  private final ThreadFactory threads;
  private final Dialer dialer;
  private final Commits.Desk desk;
  private final Lane changes;
  private final Lane beats;
  private final Renewals renewals;
  private final RedisLog events;
  private final List<Follower> followers = new ArrayList<>();
  private final List<Thread> running = new ArrayList<>();
  private volatile @Nullable Running feeding;
  private boolean closed;

  private record Running(Commits commits, Feed feed) {}

  /**
   * Connects and looks whether this Redis will do.
   *
   * @param clock only its time is used
   * @param wallClock against which the age of past changes is told
   * @param random for epochs and nonces; used by the calling thread only
   * @throws StoreException if it cannot be reached or must not be used
   */
  public static RedisStore open(
      RedisSettings settings,
      Loop clock,
      InstantSource wallClock,
      RandomGenerator random,
      ThreadFactory threads) {
    RedisStore store = new RedisStore(settings, clock, wallClock, random, threads);
    new Inspector(settings, store.dialer).inspect();
    return store;
  }

  private RedisStore(
      RedisSettings settings,
      Loop clock,
      InstantSource wallClock,
      RandomGenerator random,
      ThreadFactory threads) {
    this.settings = settings;
    this.clock = clock;
    this.random = random;
    this.threads = threads;
    this.dialer = new Dialer(settings);
    this.desk = new Commits.Desk(settings, new Quarantine());
    this.changes = new Lane("changes", dialer, clock, settings.waitReplicas());
    this.beats = new Lane("heartbeats", dialer, clock, 0);
    this.renewals = new Renewals(beats, settings.eventsMaxAge(), wallClock, this::suspect);
    this.events = new RedisLog(dialer);
    for (List<Integer> shards : shards()) {
      followers.add(
          new Follower(shards, dialer, desk, clock, new SplittableRandom(random.nextLong())));
    }
  }

  /** One follower for all shards where they are always on one server, else one for each. */
  private List<List<Integer>> shards() {
    List<Integer> all = IntStream.range(0, Keys.SHARDS).boxed().toList();
    return dialer.oneServer() ? List.of(all) : all.stream().map(List::of).toList();
  }

  private void suspect() {
    followers.forEach(Follower::suspect);
  }

  /** The leases of all servers. */
  public LeaseTable leases() {
    return renewals;
  }

  /** Past changes. */
  public EventLog events() {
    return events;
  }

  /** For how many namespaces beats are under way. For tests. */
  int lines() {
    return renewals.lines();
  }

  /** How many records are left out because they cannot be read. */
  public int quarantined() {
    return desk.quarantine().size();
  }

  /** What cannot be read: a line for each namespace that cannot at all, or in part. */
  public List<String> unreadable() {
    return desk.quarantine().lines();
  }

  /** How many entries that are not the registry's were taken out of its logs. */
  public long takenOut() {
    return desk.quarantine().takenOut();
  }

  @Override
  public Kept load() {
    try {
      List<Kept.Namespace> all = new ArrayList<>();
      Arrival.Progress progress = new Arrival.Progress();
      for (Follower follower : followers) {
        all.addAll(follower.load(progress));
      }
      return new Kept(all, 0, 0, progress.newborn());
    } catch (JedisException e) {
      throw new StoreException(settings + " cannot be read: " + Reader.reason(e), e);
    }
  }

  @Override
  public synchronized void feed(Feed feed) {
    if (feeding != null || closed) {
      throw new IllegalStateException("feed: a second time, or after close");
    }
    Commits commits =
        new Commits(
            changes, clock, new SplittableRandom(random.nextLong()), desk, this::suspect, feed);
    for (Follower follower : followers) {
      follower.follow(feed, commits);
    }
    feeding = new Running(commits, feed);
    start(changes);
    start(beats);
    followers.forEach(this::start);
  }

  private void start(Runnable part) {
    Thread thread = threads.newThread(part);
    running.add(thread);
    thread.start();
  }

  @Override
  public void append(Append append) {
    Running now = feeding;
    if (now != null) {
      now.commits().append(append);
    }
  }

  @Override
  public Standing standing() {
    long now = clock.nanoTime();
    OptionalLong lost =
        Stream.concat(
                Stream.of(changes.contact(), beats.contact()),
                followers.stream().map(Follower::contact))
            .flatMapToLong(contact -> contact.lostNanos().stream())
            .map(since -> now - since)
            .max();
    long current = followers.stream().mapToLong(Follower::currentNanos).min().orElseThrow();
    return new Standing(
        lost.isEmpty(),
        Duration.ofNanos(Math.max(0, now - current)),
        Duration.ofNanos(Math.max(0, lost.orElse(0))));
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    long until = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MILLIS);
    changes.close();
    beats.close();
    events.close();
    if (!running.isEmpty()) {
      join(running.get(0), until);
      settle(until);
    }
    followers.forEach(Follower::close);
    running.forEach(thread -> join(thread, until));
  }

  /** What Redis said it keeps comes back before the feed ends. */
  private void settle(long untilNanos) {
    Running now = feeding;
    try {
      while (now != null && !now.commits().settled() && clock.nanoTime() - untilNanos < 0) {
        TimeUnit.MILLISECONDS.timedWait(this, 1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void join(Thread thread, long untilNanos) {
    try {
      long left = TimeUnit.NANOSECONDS.toMillis(untilNanos - clock.nanoTime());
      thread.join(Math.max(1, left));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
