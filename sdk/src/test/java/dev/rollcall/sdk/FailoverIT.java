// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.WatchRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Two replicas that know the same, on real sockets, one of which fails. What is promised is a
 * second; a slow machine is given three times that, still less than the way without a fail-over
 * takes.
 */
final class FailoverIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final TestRegistry one = TestRegistry.start();
  private final TestRegistry two = TestRegistry.replicaOf(one);
  private final SwallowingProxy toOne;
  private final SwallowingProxy toTwo;
  private final List<AutoCloseable> opened = new ArrayList<>();

  FailoverIT() throws IOException {
    toOne = new SwallowingProxy(one.address());
    toTwo = new SwallowingProxy(two.address());
  }

  @BeforeEach
  void pollOften() {
    Awaitility.setDefaultPollInterval(Duration.ofMillis(5));
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    toOne.close();
    toTwo.close();
    one.close();
    two.close();
  }

  private Rollcall connect(String addresses) {
    Rollcall rollcall = Rollcall.builder().registry(addresses).connect();
    opened.add(rollcall);
    return rollcall;
  }

  private Rollcall connect() {
    return connect(toOne.address() + "," + toTwo.address());
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  /** The one that a client's watch is at. */
  private TestRegistry used() {
    await().atMost(SOON).until(() -> one.watches().size() + two.watches().size() > 0);
    return one.watches().isEmpty() ? two : one;
  }

  private TestRegistry unused() {
    return used() == one ? two : one;
  }

  private SwallowingProxy wayToUsed() {
    return used() == one ? toOne : toTwo;
  }

  @Test
  void watch_replicaKilled_resumesOnTheOther_withoutASnapshotOrAnEmptyList() throws Exception {
    one.list(Messages.instance("product", "a"));
    List<ServiceEvent> events = new CopyOnWriteArrayList<>();
    Rollcall rollcall = connect();
    ServiceWatch watch = rollcall.watch("product", events::add);
    assertThat(watch.awaitKnown(SOON)).isTrue();
    TestRegistry other = unused();
    long begun = System.nanoTime();
    used().stop();
    await().atMost(SOON).until(() -> !other.watches().isEmpty());
    Duration took = since(begun);
    other.list(Messages.instance("product", "b"));
    await().atMost(SOON).until(() -> watch.instances().size() == 2);
    assertThat(other.snapshots()).isZero();
    WatchRequest resumed = other.watches().get(0);
    assertThat(resumed.getAfterRevision()).isPositive();
    assertThat(events).noneMatch(event -> event instanceof ServiceEvent.Removed);
    assertThat(took).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void beats_replicaGoesSilent_goOnAtTheOther_withinASecondOfTheBeat() {
    Rollcall rollcall = connect();
    rollcall.register("product", 7001).id("a").start().awaitRegistered(SOON);
    ServiceWatch watch = rollcall.watch("product");
    assertThat(watch.awaitKnown(SOON)).isTrue();
    TestRegistry other = unused();
    await().atMost(SOON).until(() -> used().keepAlives().count() >= 2);
    long begun = System.nanoTime();
    wayToUsed().hang();
    await().atMost(SOON).until(() -> other.keepAlives().count() > 0);
    assertThat(since(begun)).as("beats").isLessThan(Duration.ofMillis(4_500));
    await().atMost(SOON).until(() -> !other.watches().isEmpty());
    assertThat(since(begun)).as("watch").isLessThan(Duration.ofMillis(7_500));
    assertThat(other.snapshots()).isZero();
  }

  @Test
  void watchAlone_replicaGoesSilent_isLeft() {
    ServiceWatch watch = connect().watch("product");
    assertThat(watch.awaitKnown(SOON)).isTrue();
    TestRegistry other = unused();
    wayToUsed().hang();
    long begun = System.nanoTime();
    await().atMost(SOON).until(() -> !other.watches().isEmpty());
    assertThat(since(begun)).isLessThan(Pulse.QUIET.plusMillis(4_000));
  }

  @Test
  void start_oneAddressAcceptsButNeverAnswers_theOtherIsUsedWithinASecond() throws Exception {
    one.list(Messages.instance("product", "a"));
    try (var hole = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      String addresses = "127.0.0.1:" + hole.getLocalPort() + "," + one.address();
      for (int i = 0; i < 6; i++) {
        long begun = System.nanoTime();
        // one namespace each, so that each has a session of its own
        try (Rollcall rollcall =
            Rollcall.builder().registry(addresses).namespace("n" + i).connect()) {
          assertThat(rollcall.watch("product").awaitKnown(SOON)).isTrue();
          assertThat(since(begun)).as("watch").isLessThan(Duration.ofMillis(4_800));
          begun = System.nanoTime();
          Registration registration = rollcall.register("order", 7001).id("o" + i).start();
          registration.awaitRegistered(SOON);
          assertThat(since(begun)).as("register").isLessThan(Duration.ofMillis(4_800));
          registration.close();
        }
      }
    }
    assertThat(one.ids("order")).isEmpty();
  }

  @Test
  void close_replicaGoesSilent_theOtherIsTold() {
    Rollcall rollcall = connect();
    Registration registration = rollcall.register("product", 7001).id("a").start();
    registration.awaitRegistered(SOON);
    toOne.hang();
    registration.close();
    assertThat(two.ids("product")).isEmpty();
    toOne.goOn();
    toTwo.hang();
    Registration again = rollcall.register("product", 7001).id("b").start();
    again.awaitRegistered(SOON);
    again.close();
    assertThat(one.ids("product")).isEmpty();
  }

  @Test
  void move_watchAndBeatsFollow() {
    Rollcall rollcall = connect();
    rollcall.register("product", 7001).id("a").start().awaitRegistered(SOON);
    assertThat(rollcall.watch("product").awaitKnown(SOON)).isTrue();
    TestRegistry other = unused();
    TestBeats beats = used().keepAlives();
    await().atMost(SOON).until(() -> beats.count() >= 1);
    beats.last().push(beats.answer(200).setMove(true));
    await().atMost(SOON).until(() -> other.keepAlives().count() > 0);
    await().atMost(SOON).until(() -> !other.watches().isEmpty());
    assertThat(other.snapshots()).isZero();
  }
}
