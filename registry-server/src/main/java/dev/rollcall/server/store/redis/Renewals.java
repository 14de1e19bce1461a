// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.store.LeaseTable;
import dev.rollcall.server.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * The leases in Redis, on Redis' clock. Beats gather while a call of their namespace is under way,
 * so the more there are, the fewer calls each costs. From any thread; answers come on the lane's.
 */
final class Renewals implements LeaseTable {
  private static final int MOST_BEATS = 500;
  private static final int MOST_DUE = 500;

  /** So long a server may be dead before its own lease says so. */
  private static final Duration LONGEST_UNNOTICED = Duration.ofSeconds(2);

  private final Lane lane;
  private final Duration eventsMaxAge;
  private final InstantSource wallClock;
  private final Runnable lost;

  /** Those with a call under way, by namespace; who ends it sends the next. Guarded by itself. */
  private final Map<String, Line> lines = new HashMap<>();

  /**
   * @param wallClock against which the age of past changes is told
   * @param lost is told when Redis does not know a namespace that this server knows
   */
  Renewals(Lane lane, Duration eventsMaxAge, InstantSource wallClock, Runnable lost) {
    this.lane = lane;
    this.eventsMaxAge = eventsMaxAge;
    this.wallClock = wallClock;
    this.lost = lost;
  }

  @Override
  public CompletableFuture<Renewed> renew(String namespace, String epoch, List<Beat> beats) {
    Gathered gathered = new Gathered(epoch, beats, new CompletableFuture<>());
    Line line;
    boolean first;
    synchronized (lines) {
      first = !lines.containsKey(namespace);
      line = lines.computeIfAbsent(namespace, Line::new);
      line.waiting.add(gathered);
    }
    if (first) {
      send(line);
    }
    return gathered.answer();
  }

  @Override
  public CompletableFuture<Due> due(String namespace, String epoch, Look look) {
    Keys keys = Keys.of(namespace);
    // versions of settings do not grow old
    long oldest = namespace.contains(":") ? 0 : wallClock.millis() - eventsMaxAge.toMillis();
    Call call =
        new Call(
            Script.DUE,
            List.of(
                keys.meta(),
                keys.inst(),
                keys.lease(),
                keys.log(),
                keys.gone(),
                keys.loss(),
                keys.heard()),
            List.of(
                Keys.bytes(epoch),
                Keys.bytes(MOST_DUE),
                Keys.bytes(look.soon().toMillis()),
                Keys.bytes(oldest),
                Keys.bytes(String.join(" ", look.dead())),
                Keys.bytes(LONGEST_UNNOTICED.toMillis()),
                Keys.bytes(look.outage().toMillis()),
                Keys.bytes(look.most().toMillis())));
    return ask(keys.shard(), call, this::due);
  }

  private Due due(List<Object> answer) {
    if (!Keys.text(answer.get(0)).equals("OK")) {
      noteLost(answer);
      return new Due(Map.of(), 0, 0, 0);
    }
    Map<InstanceKey, Duration> ended = new HashMap<>();
    for (int i = 4; i + 1 < answer.size(); i += 2) {
      InstanceKey key = key(Keys.text(answer.get(i)));
      ended.put(key, Duration.ofMillis((Long) answer.get(i + 1)));
    }
    return new Due(ended, (Long) answer.get(1), (Long) answer.get(2), (Long) answer.get(3));
  }

  @Override
  public CompletableFuture<Map<InstanceKey, Term>> terms(
      String namespace, List<InstanceKey> asked) {
    Keys keys = Keys.of(namespace);
    Call call =
        new Call(
            Script.REMAINING,
            List.of(keys.meta(), keys.inst(), keys.lease(), keys.heard()),
            asked.stream().map(Sent::id).toList());
    return ask(
        keys.shard(),
        call,
        answer -> {
          Map<InstanceKey, Term> terms = new HashMap<>();
          for (int i = 0; i < asked.size(); i++) {
            if (answer.get(2 * i) instanceof Long left
                && answer.get(2 * i + 1) instanceof Long silence) {
              terms.put(
                  asked.get(i), new Term(Duration.ofMillis(left), Duration.ofMillis(silence)));
            }
          }
          return terms;
        });
  }

  /** For how many namespaces calls are under way. For tests. */
  int lines() {
    synchronized (lines) {
      return lines.size();
    }
  }

  private void send(Line line) {
    List<Gathered> batch = new ArrayList<>();
    synchronized (lines) {
      int beats = 0;
      while (!line.waiting.isEmpty()
          && (batch.isEmpty()
              || (beats + line.waiting.peek().beats().size() <= MOST_BEATS
                  && line.waiting.peek().epoch().equals(batch.get(0).epoch())))) {
        Gathered next = line.waiting.remove();
        beats += next.beats().size();
        batch.add(next);
      }
      if (batch.isEmpty()) {
        lines.remove(line.namespace);
        return;
      }
    }
    var unused =
        ask(line.keys.shard(), call(line.keys, batch), this::renewed)
            .whenComplete((renewed, failure) -> settle(line, batch, renewed, failure));
  }

  private static Call call(Keys keys, List<Gathered> batch) {
    List<byte[]> values = new ArrayList<>();
    values.add(Keys.bytes(batch.get(0).epoch()));
    for (Gathered gathered : batch) {
      for (Beat beat : gathered.beats()) {
        values.add(Sent.id(beat.key()));
        values.add(Keys.bytes(beat.ttl().toMillis()));
      }
    }
    return new Call(Script.RENEW, keys.ofLeases(), values);
  }

  private void settle(Line line, List<Gathered> batch, Renewed renewed, Throwable failure) {
    // the next call leaves before anybody is told: what they do must not hold it up
    send(line);
    if (failure != null) {
      batch.forEach(gathered -> gathered.answer().completeExceptionally(failure));
      return;
    }
    batch.forEach(gathered -> gathered.answer().complete(renewed));
  }

  private Renewed renewed(List<Object> answer) {
    boolean kept = Keys.text(answer.get(0)).equals("OK");
    if (!kept) {
      noteLost(answer);
    }
    Set<InstanceKey> missing = new HashSet<>();
    for (int i = 2; i < answer.size(); i++) {
      missing.add(key(Keys.text(answer.get(i))));
    }
    return new Renewed(!kept, kept ? (Long) answer.get(1) : 0, missing);
  }

  private void noteLost(List<Object> answer) {
    if (Keys.text(answer.get(0)).equals("LOST")) {
      lost.run();
    }
  }

  private static InstanceKey key(String id) {
    int slash = id.indexOf('/');
    return new InstanceKey(id.substring(0, Math.max(0, slash)), id.substring(slash + 1));
  }

  private <T> CompletableFuture<T> ask(int shard, Call call, Function<List<Object>, T> read) {
    CompletableFuture<T> future = new CompletableFuture<>();
    if (!lane.submit(new Question<>(shard, call, read, future))) {
      future.completeExceptionally(away());
    }
    return future;
  }

  private static StoreException away() {
    return new StoreException("Redis is away");
  }

  /** The beats of one namespace. */
  private static final class Line {
    final String namespace;
    final Keys keys;
    final Deque<Gathered> waiting = new ArrayDeque<>();

    Line(String namespace) {
      this.namespace = namespace;
      this.keys = Keys.of(namespace);
    }
  }

  private record Gathered(String epoch, List<Beat> beats, CompletableFuture<Renewed> answer) {}

  /** One call on the lane: answered now or not at all. */
  private record Question<T>(
      int shard, Call call, Function<List<Object>, T> read, CompletableFuture<T> future)
      implements Job {
    @Override
    public boolean answered(Object answer) {
      if (answer instanceof JedisDataException e) {
        future.completeExceptionally(new StoreException("Redis refuses: " + e.getMessage(), e));
      } else {
        try {
          future.complete(read.apply(Reader.list(answer)));
        } catch (RuntimeException e) {
          future.completeExceptionally(new StoreException("Redis answers what makes no sense", e));
        }
      }
      return false;
    }

    @Override
    public boolean interrupted() {
      future.completeExceptionally(away());
      return false;
    }

    @Override
    public boolean patient() {
      return false;
    }
  }
}
