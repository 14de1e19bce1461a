// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.sdk.TestBeats.Mode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Heartbeats on the stream, on real sockets. */
final class BeatsTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final List<Rollcall> clients = new ArrayList<>();
  private final TestRegistry registry = TestRegistry.start();
  private final TestRegistry second = TestRegistry.start();
  private final TestBeats beats = registry.keepAlives();

  /** Where a client with both addresses is at home, and where it is not. */
  private TestRegistry home = registry;

  private TestRegistry other = second;

  @BeforeEach
  void pollOften() {
    Awaitility.setDefaultPollInterval(Duration.ofMillis(5));
  }

  @AfterEach
  void close() {
    clients.forEach(Rollcall::close);
    registry.close();
    second.close();
  }

  private Rollcall connect(String addresses) {
    Rollcall rollcall = Rollcall.builder().registry(addresses).connect();
    clients.add(rollcall);
    return rollcall;
  }

  /** Beats at one of two registries; which one is drawn. */
  private TestBeats beatingAtHome() {
    register(connect(registry.address() + "," + second.address()), "a");
    home = registry.ids("product").isEmpty() ? second : registry;
    other = home == registry ? second : registry;
    await().atMost(SOON).until(() -> home.keepAlives().count() >= 2);
    return home.keepAlives();
  }

  private Rollcall beating(String addresses) {
    Rollcall rollcall = connect(addresses);
    register(rollcall, "a");
    await().atMost(SOON).until(() -> beats.count() >= 2);
    return rollcall;
  }

  private static void register(Rollcall rollcall, String id) {
    rollcall.register("product", 7001).id(id).start().awaitRegistered(SOON);
  }

  @Test
  void stream_oneForAllLeases_laterBeatsAreEmpty() {
    Rollcall rollcall = beating(registry.address());
    register(rollcall, "b");
    await().atMost(SOON).until(() -> allLeasesSent(2));
    int before = beats.count();
    await().atMost(SOON).until(() -> beats.count() > before);
    var heard = beats.last().heard();
    assertThat(heard.get(heard.size() - 1).getLeaseIdsList()).isEmpty();
    assertThat(beats.streams()).hasSize(1);
    assertThat(registry.beats()).isZero();
  }

  private boolean allLeasesSent(int count) {
    return beats.last().heard().stream().anyMatch(r -> r.getLeaseIdsCount() == count);
  }

  @Test
  void close_saysGoodbye() {
    Rollcall rollcall = beating(registry.address());
    rollcall.close();
    await().atMost(SOON).until(() -> beats.last().end().equals("goodbye"));
  }

  @Test
  void pushedAnswer_changesThePace() {
    beating(registry.address());
    beats.pace(60_000);
    int atFirst = beats.count();
    await().atMost(SOON).until(() -> beats.count() > atFirst);
    int slow = beats.count();
    beats.last().push(beats.answer(100));
    await().atMost(SOON).until(() -> beats.count() > slow);
  }

  @Test
  void unanswered_isGivenUpForTheNextRegistry() {
    TestBeats used = beatingAtHome();
    used.mode(Mode.SILENT);
    await().atMost(SOON).until(() -> other.keepAlives().count() > 0);
    await().atMost(SOON).until(() -> used.last().end().equals("goodbye"));
    await().atMost(SOON).until(() -> other.ids("product").equals(List.of("a")));
  }

  @Test
  void registryStops_theNextOneIsTaken() throws Exception {
    beatingAtHome();
    home.stop();
    await().atMost(SOON).until(() -> other.ids("product").equals(List.of("a")));
  }

  @Test
  void unknownLease_isRegisteredAgain() {
    beating(registry.address());
    registry.expire("product", "a");
    await().atMost(SOON).until(() -> registry.ids("product").equals(List.of("a")));
    assertThat(beats.streams()).hasSize(1);
  }

  @Test
  void recovering_goesOn() {
    beats.recovering();
    beating(registry.address());
    int before = beats.count();
    await().atMost(SOON).until(() -> beats.count() > before + 1);
    assertThat(beats.streams()).hasSize(1);
  }

  @Test
  void move_opensTheNewStream_beforeItLeavesTheOldOne() {
    TestBeats used = beatingAtHome();
    TestBeats.Stream old = used.last();
    other.keepAlives().mode(Mode.SILENT);
    old.push(used.answer(200).setMove(true));
    await().atMost(SOON).until(() -> other.keepAlives().count() > 0);
    assertThat(old.end()).isEmpty();
    other.keepAlives().mode(Mode.ANSWER);
    other.keepAlives().last().push(used.answer(200));
    await().atMost(SOON).until(() -> old.end().equals("goodbye"));
  }

  @Test
  void move_oneAddress_takesANewStream() {
    beating(registry.address());
    TestBeats.Stream old = beats.last();
    old.push(beats.answer(200).setMove(true));
    await().atMost(SOON).until(() -> beats.streams().size() == 2 && !old.end().isEmpty());
    assertThat(old.end()).isEqualTo("goodbye");
    int before = beats.last().heard().size();
    await().atMost(SOON).until(() -> beats.last().heard().size() > before);
  }

  @Test
  void olderRegistry_getsUnaryBeats() {
    beats.mode(Mode.UNKNOWN_METHOD);
    register(connect(registry.address()), "a");
    await().atMost(SOON).until(() -> registry.beats() >= 2);
    registry.expire("product", "a");
    await().atMost(SOON).until(() -> registry.ids("product").equals(List.of("a")));
  }

  @Test
  void registeredWhileABeatIsInFlight_isNotPutOffByItsAnswer() {
    beats.mode(Mode.SILENT);
    Rollcall rollcall = connect(registry.address());
    register(rollcall, "a");
    await().atMost(SOON).until(() -> beats.count() == 1);
    register(rollcall, "b");
    beats.last().push(beats.answer(60_000));
    await().atMost(SOON).until(() -> allLeasesSent(2));
  }

  @Test
  void registeredOneAfterTheOther_doNotPutOffTheBeat() {
    Rollcall rollcall = connect(registry.address());
    for (int i = 0; i < 8; i++) {
      register(rollcall, "a" + i);
      int before = beats.count();
      await().atMost(SOON).until(() -> beats.count() > before);
      beats.last().push(beats.answer(60_000));
    }
    await().atMost(SOON).until(() -> allLeasesSent(8));
    int before = beats.count();
    await().atMost(SOON).until(() -> beats.count() > before);
  }

  @Test
  void laterPace_doesNotPutOffTheShortestLease() {
    beating(registry.address());
    TestBeats.Stream stream = beats.last();
    beats.mode(Mode.SILENT);
    stream.push(beats.answer(150));
    stream.push(beats.answer(60_000));
    int before = beats.count();
    await().atMost(SOON).until(() -> beats.count() > before);
  }

  @Test
  void olderRegistry_registeredWhileABeatIsInFlight_isRenewedRightAfterIt() {
    beats.mode(Mode.UNARY_HELD);
    Rollcall rollcall = connect(registry.address());
    register(rollcall, "a");
    await().atMost(SOON).until(() -> registry.beats() == 1);
    register(rollcall, "b");
    beats.release(60_000);
    await()
        .atMost(SOON)
        .until(() -> beats.unary().stream().anyMatch(r -> r.getLeaseIdsCount() == 2));
  }

  @Test
  void chunks_moreThanTheRegistryTakes_areSeveralMessages() {
    assertThat(Beats.chunks(List.of())).isEmpty();
    assertThat(Beats.chunks(Collections.nCopies(1_000, "x"))).hasSize(1);
    assertThat(Beats.chunks(Collections.nCopies(2_001, "x")))
        .extracting(List::size)
        .containsExactly(1_000, 1_000, 1);
  }
}
