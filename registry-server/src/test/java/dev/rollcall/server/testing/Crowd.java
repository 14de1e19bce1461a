// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.HeartbeatResponse;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegisterResponse;
import io.grpc.StatusRuntimeException;
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
 * happens to them is counted. All on one thread of its own.
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
  private final AtomicInteger unknown = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private final Thread thread = new Thread(this::live, "crowd");
  private volatile boolean closed;

  private Crowd(String service, int size, long ttlSeconds, List<Integer> ports, long seed) {
    this.service = service;
    this.size = size;
    this.ttlSeconds = ttlSeconds;
    this.servers = new ArrayList<>(ports.stream().map(Client::new).toList());
    this.random = new Random(seed);
  }

  /** Registers all of them, then lets them live. */
  public static Crowd start(
      String service, int size, long ttlSeconds, List<Integer> ports, long seed) {
    Crowd crowd = new Crowd(service, size, ttlSeconds, ports, seed);
    IntStream.range(0, size).forEach(crowd::register);
    crowd.thread.setDaemon(true);
    crowd.thread.start();
    return crowd;
  }

  private void live() {
    while (!closed) {
      try {
        beat();
        TimeUnit.MILLISECONDS.sleep(BEAT_EVERY_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void beat() {
    HeartbeatRequest.Builder request = HeartbeatRequest.newBuilder();
    IntStream.range(0, size).forEach(number -> request.addLeaseIds(secret(number)));
    HeartbeatResponse answer = null;
    for (Client server : shuffled()) {
      try {
        answer = server.calls(CALL_MILLIS).heartbeat(request.build());
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

  private void register(int number) {
    RegisterRequest.Builder request = RunningServer.request(service, "i" + number);
    request.setLeaseId(secret(number));
    request.getInstanceBuilder().getLeaseTtlBuilder().setSeconds(ttlSeconds);
    for (Client server : shuffled()) {
      try {
        acknowledged.put("i" + number, server.calls(6_000).register(request.build()));
        return;
      } catch (StatusRuntimeException e) {
        failed.incrementAndGet();
      }
    }
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
    thread.interrupt();
    try {
      thread.join(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    servers.forEach(Client::close);
  }
}
