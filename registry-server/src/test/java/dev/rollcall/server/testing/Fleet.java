// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.Duration;
import dev.rollcall.registry.v1.KeepAliveRequest;
import dev.rollcall.registry.v1.KeepAliveResponse;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegisterResponse;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Many programs, each with a lease and a heartbeat stream of its own, on a few connections. Each
 * beats at the registry's pace and opens a new stream when its own ends.
 */
public final class Fleet implements AutoCloseable {
  private static final int ON_ONE_CONNECTION = 100;

  private final ScheduledExecutorService loop = Executors.newSingleThreadScheduledExecutor();
  private final Random random = new Random(7);
  private final List<Client> clients = new ArrayList<>();
  private final List<Member> members = new ArrayList<>();
  private final List<Long> answerNanos = new ArrayList<>();
  private final AtomicInteger answered = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final AtomicInteger unknown = new AtomicInteger();
  private boolean closed;

  /** Registers so many instances of a service and starts their beats. */
  public Fleet(int port, String service, int size, int ttlSeconds) throws InterruptedException {
    for (int i = 0; i < size; i++) {
      if (i % ON_ONE_CONNECTION == 0) {
        clients.add(new Client(port));
      }
      members.add(new Member(clients.get(clients.size() - 1), i));
    }
    register(service, ttlSeconds);
    members.forEach(member -> loop.execute(member::open));
    await().atMost(60, TimeUnit.SECONDS).until(() -> living() == size);
  }

  private void register(String service, int ttlSeconds) throws InterruptedException {
    CountDownLatch registered = new CountDownLatch(members.size());
    for (Member member : members) {
      RegisterRequest.Builder request =
          RunningServer.request(service, "i" + member.number).setLeaseId(member.secret);
      request.getInstanceBuilder().setLeaseTtl(Duration.newBuilder().setSeconds(ttlSeconds));
      member.client.streams().register(request.build(), new Registering(registered));
    }
    if (!registered.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(registered.getCount() + " instances were not registered");
    }
  }

  /** How many beats were answered so far. */
  public int answered() {
    return answered.get();
  }

  /** How many streams ended without their member's doing. */
  public int ended() {
    return ended.get();
  }

  /** How often a lease was not known to the registry. */
  public int unknown() {
    return unknown.get();
  }

  /** How many have a stream on which a beat was answered. */
  public int living() {
    return (int) members.stream().filter(member -> member.lives).count();
  }

  /** The time from each beat to its answer, since the last time that this was asked. */
  public List<Long> takeAnswerNanos() {
    synchronized (answerNanos) {
      List<Long> taken = List.copyOf(answerNanos);
      answerNanos.clear();
      return taken;
    }
  }

  @Override
  public void close() {
    loop.execute(() -> closed = true);
    clients.forEach(Client::close);
    loop.shutdown();
  }

  /** On the loop, unless the fleet is closed. */
  private void execute(Runnable task) {
    if (!loop.isShutdown()) {
      loop.execute(task);
    }
  }

  /** One program. On the loop. */
  private final class Member {
    final Client client;
    final int number;
    final String secret;
    volatile boolean lives;
    private Stream stream;

    Member(Client client, int number) {
      this.client = client;
      this.number = number;
      this.secret = "the-secret-of-member-number-" + number;
    }

    void open() {
      if (!closed) {
        // or a connection that failed makes gRPC wait longer each time
        client.channel().resetConnectBackoff();
        stream = new Stream(this);
        stream.requests = client.streams().keepAlive(stream);
        stream.beat(KeepAliveRequest.newBuilder().addLeaseIds(secret).build());
      }
    }

    void lost(Stream which) {
      if (stream == which) {
        lives = false;
        loop.schedule(this::open, 100 + random.nextInt(400), TimeUnit.MILLISECONDS);
      }
    }
  }

  /** Its stream. */
  private final class Stream implements StreamObserver<KeepAliveResponse> {
    private final Member member;
    private StreamObserver<KeepAliveRequest> requests;
    private long sentNanos;

    Stream(Member member) {
      this.member = member;
    }

    void beat(KeepAliveRequest request) {
      if (!closed && member.stream == this) {
        sentNanos = System.nanoTime();
        requests.onNext(request);
      }
    }

    @Override
    public void onNext(KeepAliveResponse answer) {
      long now = System.nanoTime();
      execute(
          () -> {
            synchronized (answerNanos) {
              answerNanos.add(now - sentNanos);
            }
            answered.incrementAndGet();
            unknown.addAndGet(answer.getUnknownLeaseIdsCount());
            member.lives = true;
            Duration nextIn = answer.getNextIn();
            loop.schedule(
                () -> beat(KeepAliveRequest.getDefaultInstance()),
                nextIn.getSeconds() * 1_000_000_000L + nextIn.getNanos(),
                TimeUnit.NANOSECONDS);
          });
    }

    @Override
    public void onError(Throwable end) {
      ended.incrementAndGet();
      execute(() -> member.lost(this));
    }

    @Override
    public void onCompleted() {
      execute(() -> member.lost(this));
    }
  }

  private record Registering(CountDownLatch registered)
      implements StreamObserver<RegisterResponse> {
    @Override
    public void onNext(RegisterResponse answer) {
      registered.countDown();
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
  }
}
