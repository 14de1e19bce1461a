// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.loop.Loop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Sends calls to Redis, one batch after another: while one is under way the next gathers, so there
 * is one round trip for many calls and no timer. A call whose answer is lost is sent again by
 * itself where it asks for that; it carries a nonce by which Redis knows it.
 *
 * <p>Runs on a thread of its own, which owns the connections. {@link #submit} from any thread.
 */
final class Lane implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Lane.class);
  private static final int MOST = 500;

  /** Answers of a server that is not the master, or not ready: nothing was done. */
  private static final List<String> MOVED =
      List.of(
          "MOVED", "ASK", "READONLY", "LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "BUSY");

  private static final int ANSWER_MILLIS = 2_000;

  /** How long a batch waits for Redis' replicas at most. */
  static final int WAIT_REPLICAS_MILLIS = 1_000;

  private static final long FIRST_PAUSE_MILLIS = 50;
  private static final long LONGEST_PAUSE_MILLIS = 500;

  private final String name;
  private final Dialer dialer;
  private final Loop clock;
  private final int waitReplicas;
  private final Map<HostAndPort, Reader> connections = new HashMap<>();
  private final Deque<Job> waiting = new ArrayDeque<>();
  private long pauseMillis = FIRST_PAUSE_MILLIS;
  private boolean closed;
  private final Contact contact;

  /** While Redis is away: when to try whether it is back, if only impatient calls come. */
  private long tryAgainNanos;

  /**
   * @param name for the log
   * @param clock only its time is used
   * @param waitReplicas so many of Redis' replicas must have a batch before it is told
   */
  Lane(String name, Dialer dialer, Loop clock, int waitReplicas) {
    this.name = name;
    this.dialer = dialer;
    this.clock = clock;
    this.waitReplicas = waitReplicas;
    this.contact = new Contact(clock);
  }

  /** Hands over a call. False: it is not taken, because this was closed or Redis is away. */
  synchronized boolean submit(Job job) {
    if (closed) {
      return false;
    }
    if (!contact.up() && !job.patient()) {
      if (clock.nanoTime() - tryAgainNanos < 0) {
        return false;
      }
      // this one finds out whether it is back; the others need not wait for that
      tryAgainNanos = clock.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    }
    waiting.add(job);
    notifyAll();
    return true;
  }

  /** Whether Redis answered the last time. */
  Contact contact() {
    return contact;
  }

  @Override
  public void run() {
    while (!over()) {
      List<Job> batch = take();
      if (!batch.isEmpty()) {
        send(batch);
      } else if (!over()) {
        lookWhetherItIsBack();
      }
    }
    connections.values().forEach(Reader::close);
  }

  private synchronized boolean over() {
    return closed && waiting.isEmpty();
  }

  /** Waits for something to send; nothing when closed, or when it is time to look after Redis. */
  private synchronized List<Job> take() {
    boolean interrupted = false;
    long until = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LONGEST_PAUSE_MILLIS);
    while (waiting.isEmpty() && !closed && (contact.up() || clock.nanoTime() - until < 0)) {
      try {
        wait(contact.up() ? 0 : LONGEST_PAUSE_MILLIS);
      } catch (InterruptedException e) {
        // only close ends the lane: what was handed over must be answered
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    List<Job> batch = new ArrayList<>(Math.min(waiting.size(), MOST));
    while (batch.size() < MOST && !waiting.isEmpty()) {
      batch.add(waiting.remove());
    }
    return batch;
  }

  /** Nobody has anything to send, and yet somebody may want to know. */
  private void lookWhetherItIsBack() {
    try {
      Set<HostAndPort> masters = new HashSet<>();
      for (int shard = 0; shard < Keys.SHARDS; shard++) {
        masters.add(dialer.masterOf(shard));
      }
      for (HostAndPort master : masters) {
        connection(master).ask(Protocol.Command.PING);
      }
      found();
    } catch (JedisException e) {
      connections.values().forEach(Reader::close);
      connections.clear();
      for (int shard = 0; shard < Keys.SHARDS; shard++) {
        dialer.forget(shard);
      }
    }
  }

  private Reader connection(HostAndPort master) {
    Reader known = connections.get(master);
    if (known == null) {
      known = new Reader(dialer.dial(master, ANSWER_MILLIS));
      connections.put(master, known);
    }
    return known;
  }

  private void found() {
    if (contact.found()) {
      log.info("{}: Redis answers again", name);
    }
  }

  private void send(List<Job> batch) {
    Map<HostAndPort, List<Job>> byMaster = new LinkedHashMap<>();
    List<Job> again = new ArrayList<>();
    for (Job job : batch) {
      try {
        byMaster
            .computeIfAbsent(dialer.masterOf(job.shard()), master -> new ArrayList<>())
            .add(job);
      } catch (JedisException e) {
        failed(List.of(job), e, again);
      }
    }
    byMaster.forEach((master, jobs) -> send(master, jobs, again));
    if (again.isEmpty()) {
      pauseMillis = FIRST_PAUSE_MILLIS;
    } else {
      giveBack(again);
      pause();
    }
  }

  private void send(HostAndPort master, List<Job> jobs, List<Job> again) {
    List<Object> answers;
    try {
      Reader connection = connection(master);
      answers = connection.run(jobs.stream().map(Job::call).toList());
      if (waitReplicas > 0) {
        waitForReplicas(connection);
      }
    } catch (JedisException e) {
      Reader broken = connections.remove(master);
      if (broken != null) {
        broken.close();
      }
      failed(jobs, e, again);
      return;
    }
    found();
    for (int i = 0; i < jobs.size(); i++) {
      Object answer = answers.get(i);
      if (answer instanceof JedisDataException e && moved(e)) {
        dialer.forget(jobs.get(i).shard());
        retry(jobs.get(i), again);
      } else if (tell(jobs.get(i), answer)) {
        again.add(jobs.get(i));
      }
    }
  }

  private void waitForReplicas(Reader connection) {
    Object reached =
        connection.ask(
            Protocol.Command.WAIT, Keys.bytes(waitReplicas), Keys.bytes(WAIT_REPLICAS_MILLIS));
    if ((Long) reached < waitReplicas) {
      log.warn("{}: {} of {} replicas of Redis have the last changes", name, reached, waitReplicas);
    }
  }

  private static boolean moved(JedisDataException e) {
    return MOVED.stream().anyMatch(code -> Reader.says(e, code));
  }

  private void failed(List<Job> jobs, JedisException why, List<Job> again) {
    synchronized (this) {
      if (contact.lost()) {
        log.warn("{}: Redis cannot be reached: {}", name, Reader.reason(why));
      }
      tryAgainNanos = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(FIRST_PAUSE_MILLIS);
    }
    for (Job job : jobs) {
      dialer.forget(job.shard());
      retry(job, again);
    }
  }

  private static void retry(Job job, List<Job> again) {
    if (job.interrupted()) {
      again.add(job);
    }
  }

  private static boolean tell(Job job, Object answer) {
    try {
      return job.answered(answer);
    } catch (RuntimeException e) {
      log.error("whoever asked Redis failed over the answer", e);
      return false;
    }
  }

  /** In the same order, before what came later. */
  private synchronized void giveBack(List<Job> jobs) {
    for (int i = jobs.size() - 1; i >= 0; i--) {
      waiting.addFirst(jobs.get(i));
    }
  }

  private synchronized void pause() {
    long until = clock.nanoTime() + TimeUnit.MILLISECONDS.toNanos(pauseMillis);
    try {
      for (long left = pauseMillis; left > 0 && !closed; ) {
        wait(left);
        left = TimeUnit.NANOSECONDS.toMillis(until - clock.nanoTime());
      }
      pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes nothing more; what waits is still sent, as long as its sender is patient. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
