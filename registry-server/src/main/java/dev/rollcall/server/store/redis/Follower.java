// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Reads what all servers write to some shards, and hands it to the feed in order.
 *
 * <p>The history of a namespace is a chain: revisions rise by 1, and each entry names the nonce of
 * the one before it. What continues the chain is delivered. Where entries were missed the namespace
 * is read anew; where the chain is another one {@link Recovery} comes first. About once a second,
 * and after each break of the connection, it is asked whether the chain still holds.
 *
 * <p>Runs on a thread of its own, which owns the connection.
 */
final class Follower implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Follower.class);
  private static final int BLOCK_MILLIS = 500;
  private static final int ANSWER_MILLIS = BLOCK_MILLIS + 1_500;
  private static final Duration CHECK_EVERY = Duration.ofSeconds(1);
  private static final Duration FRESH = Duration.ofSeconds(60);
  private static final long FIRST_PAUSE_MILLIS = 50;
  private static final long LONGEST_PAUSE_MILLIS = 500;

  private final List<Integer> shards;
  private final Dialer dialer;
  private final Commits.Desk desk;
  private final Loop clock;
  private final RandomGenerator random;
  private final Map<String, Chapter> chapters = new TreeMap<>();
  private final CountDownLatch closed = new CountDownLatch(1);
  private @Nullable Pages pages;
  private Store.@Nullable Feed feed;
  private @Nullable Commits commits;
  private long checkedNanos;
  private volatile @Nullable Reader reader;
  private volatile boolean suspicious;
  private final Contact contact;
  private volatile long currentNanos;

  /**
   * @param shards all on one server
   * @param clock only its time is used
   * @param random for epochs and nonces; used by one thread at a time
   */
  Follower(
      List<Integer> shards, Dialer dialer, Commits.Desk desk, Loop clock, RandomGenerator random) {
    this.shards = shards;
    this.dialer = dialer;
    this.desk = desk;
    this.clock = clock;
    this.random = random;
    this.currentNanos = clock.nanoTime();
    this.contact = new Contact(clock);
  }

  /**
   * Reads everything. Blocks; before {@link #follow}.
   *
   * @throws JedisException if Redis does not answer
   */
  List<Kept.Namespace> load(Arrival.Progress progress) {
    Pages from = connect();
    List<Kept.Namespace> all =
        new Arrival(from, random, closed).load(List.copyOf(from.names()), progress);
    for (Kept.Namespace kept : all) {
      Chapter chapter = known(kept.catalog().namespace());
      chapter.restart(kept, clock.nanoTime());
    }
    return all;
  }

  /** Where changes go from now on; then start the thread. */
  void follow(Store.Feed into, Commits ofThisServer) {
    feed = into;
    commits = ofThisServer;
  }

  /** Somebody has reason to doubt that Redis still holds what it held. From any thread. */
  void suspect() {
    suspicious = true;
  }

  /** Whether Redis answered the last time. From any thread. */
  Contact contact() {
    return contact;
  }

  /** When all that was written by then had been delivered. From any thread. */
  long currentNanos() {
    return currentNanos;
  }

  @Override
  public void run() {
    long pause = FIRST_PAUSE_MILLIS;
    while (closed.getCount() > 0) {
      try {
        step();
        pause = FIRST_PAUSE_MILLIS;
      } catch (JedisException e) {
        broken(e);
        rest(pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
      } catch (RuntimeException e) {
        log.error("reading from Redis failed, it goes on from where it was", e);
        broken(new JedisException(e));
        rest(LONGEST_PAUSE_MILLIS);
      }
    }
    hangUp();
  }

  private Pages connect() {
    int shard = shards.get(0);
    Reader fresh = new Reader(dialer.dial(dialer.masterOf(shard), ANSWER_MILLIS));
    reader = fresh;
    Pages open = new Pages(fresh, shards, desk.quarantine());
    pages = open;
    return open;
  }

  private void step() {
    Pages from = pages;
    boolean fresh = from == null;
    if (from == null) {
      from = connect();
    }
    if (fresh || suspicious || clock.nanoTime() - checkedNanos > CHECK_EVERY.toNanos()) {
      suspicious = false;
      check(from);
      checkedNanos = clock.nanoTime();
    }
    if (contact.found()) {
      log.info("Redis can be followed again");
    }
    long asked = clock.nanoTime();
    boolean all = true;
    for (Pages.Page page : from.next(chapters.values(), BLOCK_MILLIS)) {
      all &= !page.full();
      if (page.namespace().isEmpty()) {
        page.names().forEach(this::known);
      } else {
        read(from, known(page.namespace()), page.entries());
      }
    }
    if (all) {
      currentNanos = asked;
      chapters.values().forEach(chapter -> chapter.current(asked));
    }
  }

  private Chapter known(String namespace) {
    return chapters.computeIfAbsent(namespace, name -> new Chapter(name, clock.nanoTime()));
  }

  /** Whether each chain still holds; mends those that do not. */
  private void check(Pages from) {
    from.names().forEach(this::known);
    List<Chapter> all = List.copyOf(chapters.values());
    List<Object> heads = from.heads(all);
    for (int i = 0; i < all.size(); i++) {
      try {
        check(from, all.get(i), Head.of(heads.get(i)));
        from.readable(all.get(i).namespace);
      } catch (IllegalArgumentException | JedisDataException e) {
        if (!Pages.makesNoSense(e)) {
          throw e;
        }
        // what is there is not ours: the other namespaces go on
        from.unreadable(all.get(i).namespace, e);
        tell(all.get(i), true);
      }
    }
  }

  private void check(Pages from, Chapter chapter, Head head) {
    switch (from.standing(chapter, head)) {
      case SAME -> {
        from.adopt(chapter, head);
        tellWhetherRecovering(chapter, head);
      }
      case BORN -> born(from, chapter);
      case MISSED -> reload(from, chapter);
      case OTHER -> recover(from, chapter);
    }
  }

  private void born(Pages from, Chapter chapter) {
    String epoch = from.beginning(chapter);
    if (epoch == null) {
      reload(from, chapter);
    } else {
      chapter.begin(epoch);
    }
  }

  private void read(Pages from, Chapter chapter, List<Entry> entries) {
    if (chapter.unborn()) {
      born(from, chapter);
      return;
    }
    List<Commit> next = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      Commit commit = chapter.continues(entry) ? from.commit(chapter, entry) : null;
      if (commit == null) {
        deliver(chapter, next);
        mend(from, chapter, entry);
        return;
      }
      chapter.advance(commit);
      next.add(commit);
    }
    deliver(chapter, next);
  }

  /** The entry is not what comes next. */
  private void mend(Pages from, Chapter chapter, Entry entry) {
    if (!chapter.continues(entry)) {
      from.heal(chapter, entry.id());
    }
    boolean unreadable = chapter.continues(entry);
    Pages.Standing standing = from.standing(chapter);
    if (standing == Pages.Standing.OTHER) {
      recover(from, chapter);
    } else if (unreadable || standing == Pages.Standing.MISSED) {
      reload(from, chapter);
    }
  }

  private void deliver(Chapter chapter, List<Commit> next) {
    Store.Feed into = feed;
    if (into != null && commits != null && !next.isEmpty()) {
      try {
        commits.awaitReplicas(next);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      commits.delivering(chapter.namespace, next);
      into.committed(chapter.namespace, next);
    }
  }

  private void reload(Pages from, Chapter chapter) {
    Kept.Namespace kept = from.load(chapter.namespace);
    Store.Feed into = feed;
    if (kept != null && into != null && commits != null) {
      chapter.restart(kept, clock.nanoTime());
      commits.restarting(kept);
      into.reset(kept);
      tellWhetherRecovering(chapter, Head.of(from.heads(List.of(chapter)).get(0)));
    }
  }

  /** Another server may be bringing back what was lost, or all is back. */
  private void tellWhetherRecovering(Chapter chapter, Head head) {
    tell(chapter, chapter.recovers(head.recovering(), clock.nanoTime()));
  }

  private void tell(Chapter chapter, boolean recovering) {
    Store.Feed into = feed;
    if (chapter.recovering != recovering && into != null) {
      chapter.recovering = recovering;
      into.recovering(
          chapter.namespace, recovering ? Store.Recovering.BEGUN : Store.Recovering.ENDED);
    }
  }

  private void recover(Pages from, Chapter chapter) {
    Store.Feed into = feed;
    if (into == null) {
      return;
    }
    tell(chapter, true);
    from.heal(chapter, "");
    Catalog view = into.view(chapter.namespace);
    boolean fresh = clock.nanoTime() - chapter.currentNanos() < FRESH.toNanos();
    from.recovery(chapter, random, desk.settings().eventsMaxCount()).run(view, fresh);
    reload(from, chapter);
  }

  /** The position up to which a namespace was delivered. For tests. */
  Position at(String namespace) {
    return known(namespace).at();
  }

  private void broken(JedisException why) {
    if (contact.lost() && closed.getCount() > 0) {
      log.warn("Redis cannot be followed: {}", Reader.reason(why));
    }
    shards.forEach(dialer::forget);
    hangUp();
  }

  private void hangUp() {
    Reader open = reader;
    if (open != null) {
      open.close();
    }
    reader = null;
    pages = null;
  }

  private void rest(long millis) {
    try {
      if (closed.await(millis, TimeUnit.MILLISECONDS)) {
        log.debug("closed while resting");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the thread. From any thread; idempotent. */
  void close() {
    closed.countDown();
    Reader open = reader;
    if (open != null) {
      open.hangUp();
    }
  }
}
