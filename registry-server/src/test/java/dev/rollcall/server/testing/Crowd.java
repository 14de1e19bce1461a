// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.registry.v1.DeregisterRequest;
import dev.rollcall.registry.v1.DeregisterResponse;
import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.HeartbeatResponse;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegisterResponse;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Living instances of one service that use several servers at random: they register, beat well
 * within their lease, and register again only when a server says that it does not know them. What
 * happens to them is counted. One thread beats, another one makes changes.
 */
public final class Crowd implements AutoCloseable {
  private static final long BEAT_EVERY_MILLIS = 700;
  private static final int CALL_MILLIS = 900;

  private final String service;
  private final int size;
  private final long ttlSeconds;
  private final List<Client> servers;
  private final Random random;
  private final Map<String, RegisterResponse> acknowledged = new ConcurrentHashMap<>();
  private final Journal journal;
  private final int[] versions;
  private final AtomicInteger unknown = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final List<Thread> threads =
      List.of(new Thread(this::live, "crowd"), new Thread(this::change, "crowd-changes"));
  private volatile int present;
  private volatile long lastBeatNanos;
  private volatile boolean changing;
  private volatile boolean closed;
  private int guest;
  private boolean guestIsThere;

  private Crowd(
      String service, int size, long ttlSeconds, List<Integer> ports, long seed, Journal journal) {
    this.journal = journal;
    this.versions = new int[size];
    this.service = service;
    this.size = size;
    this.ttlSeconds = ttlSeconds;
    this.servers = new ArrayList<>(ports.stream().map(Client::new).toList());
    this.random = new Random(seed);
  }

  /** Registers all of them, then lets them live. */
  public static Crowd start(
      String service, int size, long ttlSeconds, List<Integer> ports, long seed) {
    return start(service, size, ttlSeconds, ports, seed, new Journal());
  }

  /** The same, and notes what is asked and answered. */
  public static Crowd start(
      String service, int size, long ttlSeconds, List<Integer> ports, long seed, Journal journal) {
    Crowd crowd = new Crowd(service, size, ttlSeconds, ports, seed, journal);
    IntStream.range(0, size).forEach(number -> journal.resident("i" + number));
    for (Thread thread : crowd.threads) {
      thread.setDaemon(true);
      thread.start();
    }
    for (int number = 0; number < size; number++) {
      crowd.register(number);
      // it beats while the others register: on a slow machine that takes longer than its lease
      crowd.present = number + 1;
    }
    return crowd;
  }

  private void live() {
    while (!closed) {
      try {
        if (present > 0) {
          beat(present);
        }
        TimeUnit.MILLISECONDS.sleep(BEAT_EVERY_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void beat(int those) {
    HeartbeatRequest.Builder request = HeartbeatRequest.newBuilder();
    IntStream.range(0, those).forEach(number -> request.addLeaseIds(secret(number)));
    HeartbeatResponse answer = null;
    long invoked = System.nanoTime();
    for (Client server : shuffled()) {
      try {
        answer = server.calls(CALL_MILLIS).heartbeat(request.build());
        beaten(answer, those, invoked);
        break;
      } catch (StatusRuntimeException e) {
        failed.incrementAndGet();
      }
    }
    if (answer != null) {
      for (String lost : answer.getUnknownLeaseIdsList()) {
        unknown.incrementAndGet();
        IntStream.range(0, size).filter(n -> secret(n).equals(lost)).forEach(this::register);
      }
    }
  }

  private void beaten(HeartbeatResponse answer, int those, long invoked) {
    lastBeatNanos = System.nanoTime();
    if (answer.getUnknownLeaseIdsCount() == 0 && !answer.getRecovering()) {
      Duration ttl = Duration.ofSeconds(ttlSeconds);
      IntStream.range(0, those)
          .forEach(n -> journal.add(new Journal.Beaten("i" + n, ttl, invoked, lastBeatNanos)));
    }
  }

  private void change() {
    while (!closed) {
      try {
        TimeUnit.MILLISECONDS.sleep(BEAT_EVERY_MILLIS);
        if (changing) {
          changeOne();
        }
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** One of them becomes another version; a guest comes, or goes. */
  private synchronized void changeOne() {
    int number = random.nextInt(size);
    versions[number]++;
    register(number);
    if (!guestIsThere) {
      guest++;
      guestIsThere = register("g" + guest, "the-secret-of-guest-" + guest, "1");
    } else if (leave("g" + guest, "the-secret-of-guest-" + guest)) {
      guestIsThere = false;
    }
  }

  private boolean leave(String id, String secret) {
    journal.add(new Journal.Leaving(id, System.nanoTime()));
    DeregisterRequest request = DeregisterRequest.newBuilder().setLeaseId(secret).build();
    for (Client server : shuffled()) {
      long invoked = System.nanoTime();
      try {
        DeregisterResponse answer = server.calls(6_000).deregister(request);
        long at = System.nanoTime();
        journal.add(new Journal.Left(id, answer.getEpoch(), answer.getRevision(), invoked, at));
        return true;
      } catch (StatusRuntimeException e) {
        failed.incrementAndGet();
      }
    }
    return false;
  }

  private void register(int number) {
    register("i" + number, secret(number), Integer.toString(versions[number]));
  }

  /** Registers at whoever answers. */
  private boolean register(String id, String secret, String version) {
    RegisterRequest.Builder request = RunningServer.request(service, id);
    request.setLeaseId(secret);
    request.getInstanceBuilder().setVersion(version);
    request.getInstanceBuilder().getLeaseTtlBuilder().setSeconds(ttlSeconds);
    for (Client server : shuffled()) {
      long invoked = System.nanoTime();
      try {
        RegisterResponse answer = server.calls(6_000).register(request.build());
        long at = System.nanoTime();
        long revision = answer.getInstance().getRevision();
        String asked = id + "#" + version;
        journal.add(new Journal.Registered(asked, id, answer.getEpoch(), revision, invoked, at));
        acknowledged.put(id, answer);
        return true;
      } catch (StatusRuntimeException e) {
        failed.incrementAndGet();
      }
    }
    return false;
  }

  /** From now on they also become other versions, and guests come and go. */
  public void startChanging() {
    changing = true;
  }

  /** From now on they only beat. */
  public void stopChanging() {
    changing = false;
    awaitChange();
  }

  /** What is under way is not cut off. */
  private synchronized void awaitChange() {
    changing = false;
  }

  /** When a beat was last answered, as of System.nanoTime. */
  public long lastBeatNanos() {
    return lastBeatNanos;
  }

  private List<Client> shuffled() {
    List<Client> order = new ArrayList<>(servers);
    Collections.shuffle(order, random);
    return order;
  }

  private String secret(int number) {
    return "the-secret-of-" + service + "-number-" + number;
  }

  /** How often a server said that it does not know one of them. */
  public int unknown() {
    return unknown.get();
  }

  /** How many calls failed. */
  public int failed() {
    return failed.get();
  }

  /** The newest answer to each registration. */
  public Map<String, RegisterResponse> acknowledged() {
    return Map.copyOf(acknowledged);
  }

  /** How many there are. */
  public int size() {
    return size;
  }

  /** Those that a server lists. */
  public static List<Instance> listed(Client server, String service) {
    return server
        .calls(3_000)
        .get(GetRequest.newBuilder().setService(service).setAllStatuses(true).build())
        .getInstancesList();
  }

  @Override
  public void close() {
    closed = true;
    threads.forEach(Thread::interrupt);
    try {
      for (Thread thread : threads) {
        thread.join(10_000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    servers.forEach(Client::close);
  }
}
