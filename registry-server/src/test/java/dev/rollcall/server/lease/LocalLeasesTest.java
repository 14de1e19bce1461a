// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.lease;

import static dev.rollcall.server.testing.Samples.instance;
import static dev.rollcall.server.testing.Samples.lease;
import static dev.rollcall.server.testing.Samples.registration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.telemetry.Meters;
import dev.rollcall.server.testing.FakeLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Leases of 10 s on a fake clock. */
final class LocalLeasesTest {
  private static final String NS = "default";
  private static final Duration TTL = Duration.ofSeconds(10);

  private final FakeLoop loop = new FakeLoop();
  private final List<InstanceKey> lapsed = new ArrayList<>();
  private final List<InstanceKey> heardAgain = new ArrayList<>();
  private long lapsedRevision;
  private CompletableFuture<Boolean> verdict = new CompletableFuture<>();
  private final Meters meters = new Meters();
  private final LocalLeases leases =
      new LocalLeases(
          loop,
          new Leases.Listener() {
            @Override
            public CompletableFuture<Boolean> lapsed(
                String namespace, InstanceKey key, long revision, Duration silence) {
              lapsed.add(key);
              lapsedRevision = revision;
              return verdict;
            }

            @Override
            public void heardAgain(String namespace, InstanceKey key) {
              heardAgain.add(key);
            }
          },
          meters);

  @BeforeEach
  void start() {
    leases.setClock(1_000_000);
    leases.start();
    loop.run();
  }

  private static Registration record(String id, String secret) {
    return registration(instance("a", id, 1), secret, Status.SERVING).at(1);
  }

  @Test
  void silence_endsTheLeaseWithinTtlAndOneSecond() {
    leases.hold(NS, record("x", "s"));
    loop.advance(TTL.minusMillis(1));
    assertThat(lapsed).isEmpty();
    loop.advance(Duration.ofSeconds(1));
    assertThat(lapsed).containsExactly(new InstanceKey("a", "x"));
  }

  @Test
  void beats_keepItForEver() {
    leases.hold(NS, record("x", "s"));
    for (int i = 0; i < 100; i++) {
      loop.advance(Duration.ofSeconds(9));
      assertThat(leases.renew(NS, lease("s"))).isEqualTo(new Renewal.Renewed(TTL));
    }
    assertThat(lapsed).isEmpty();
  }

  @Test
  void oneSecret_renewsAllThatItHolds() {
    leases.hold(NS, record("x", "s"));
    leases.hold(NS, record("y", "s"));
    leases.hold(NS, record("z", "other"));
    loop.advance(Duration.ofSeconds(9));
    leases.renew(NS, lease("s"));
    loop.advance(Duration.ofSeconds(9));
    assertThat(lapsed).containsExactly(new InstanceKey("a", "z"));
  }

  @Test
  void unknownSecret_isUnknownAndHoldsNothing() {
    assertThat(leases.renew(NS, lease("s"))).isEqualTo(new Renewal.Unknown());
    leases.hold(NS, record("x", "s"));
    assertThat(leases.renew("elsewhere", lease("s"))).isEqualTo(new Renewal.Unknown());
    leases.drop(NS, new InstanceKey("a", "x"));
    assertThat(leases.renew(NS, lease("s"))).isEqualTo(new Renewal.Unknown());
    loop.advance(TTL.multipliedBy(2));
    assertThat(lapsed).isEmpty();
  }

  @Test
  void beatDuringALapse_waitsForItsOutcomeAndIsNeverOkBeforeAnEviction() {
    leases.hold(NS, record("x", "s"));
    loop.advance(TTL.plusSeconds(1));
    Renewal beat = leases.renew(NS, lease("s"));
    assertThat(beat).isInstanceOf(Renewal.Undecided.class);
    CompletableFuture<Void> decided = ((Renewal.Undecided) beat).decided();
    assertThat(decided).isNotDone();
    leases.drop(NS, new InstanceKey("a", "x"));
    verdict.complete(true);
    loop.run();
    assertThat(decided).isDone();
    assertThat(leases.renew(NS, lease("s"))).isEqualTo(new Renewal.Unknown());
  }

  @Test
  void lapseThatTheStoreRefused_isTriedAgainAndMayBeSavedByABeat() {
    leases.hold(NS, record("x", "s"));
    loop.advance(TTL.plusSeconds(1));
    verdict.complete(false);
    verdict = new CompletableFuture<>();
    loop.run();
    assertThat(leases.renew(NS, lease("s"))).isEqualTo(new Renewal.Renewed(TTL));
    loop.advance(TTL.minusSeconds(1));
    assertThat(lapsed).hasSize(1);
    loop.advance(Duration.ofSeconds(3));
    assertThat(lapsed).hasSize(2);
  }

  @Test
  void frozenProcess_costsNobodyTheirLease() {
    leases.hold(NS, record("x", "s"));
    loop.advance(Duration.ofSeconds(5));
    loop.freeze(TTL.multipliedBy(2));
    assertThat(lapsed).isEmpty();
    // each lease ends at the outage's end + its TTL + the outage's length
    loop.advance(TTL.multipliedBy(3).minusSeconds(1));
    assertThat(lapsed).isEmpty();
    loop.advance(Duration.ofSeconds(2));
    assertThat(lapsed).hasSize(1);
  }

  @Test
  void grace_isBounded() {
    leases.hold(NS, record("x", "s"));
    loop.freeze(Duration.ofHours(3));
    loop.advance(TTL.plus(Leases.MOST_GRACE).minusSeconds(1));
    assertThat(lapsed).isEmpty();
    loop.advance(Duration.ofSeconds(2));
    assertThat(lapsed).hasSize(1);
  }

  @Test
  void aLittleLate_isNoOutage() {
    leases.hold(NS, record("x", "s"));
    for (int i = 0; i < 30; i++) {
      loop.freeze(Duration.ofMillis(400));
    }
    assertThat(lapsed).hasSize(1);
  }

  @Test
  void unheardSinceAStart_endsByThatStartWhateverCameLater() {
    // this start is at 1,000 s of the leases' clock; it was not heard since one at 993 s
    leases.holdUnheard(NS, record("x", "s"), 993_000, 1_000);
    loop.advance(Duration.ofMillis(3_900));
    assertThat(lapsed).isEmpty();
    loop.advance(Duration.ofMillis(600));
    assertThat(lapsed).hasSize(1);
  }

  @Test
  void heard_onlySinceTheStart() {
    leases.holdUnheard(NS, record("x", "s"), 1_000_000, 0);
    assertThat(leases.heard(NS, new InstanceKey("a", "x"))).isFalse();
    leases.renew(NS, lease("s"));
    assertThat(leases.heard(NS, new InstanceKey("a", "x"))).isTrue();
    assertThat(leases.heard(NS, new InstanceKey("a", "y"))).isFalse();
  }

  @Test
  void memory_namesEachFirstBeatOnceAndAClockThatIsNotAheadOfIt() {
    leases.holdUnheard(NS, record("x", "s"), 1_000_000, 0);
    leases.holdUnheard(NS, record("y", "t"), 1_000_000, 0);
    loop.advance(Duration.ofSeconds(3));
    leases.renew(NS, lease("s"));
    leases.renew(NS, lease("s"));
    loop.run(
        () -> {
          LocalLeases.Memory memory = leases.memory();
          assertThat(memory.clockMillis()).isLessThanOrEqualTo(leases.nowMillis());
          assertThat(memory.heard())
              .containsExactly(new LocalLeases.Place(NS, new InstanceKey("a", "x")));
          assertThat(leases.memory().heard()).isEmpty();
        });
  }

  @Test
  void replacedAndDroppedLeases_areNotKeptUntilTheirEnd() {
    for (int i = 0; i < 1_000; i++) {
      leases.hold(NS, record("x", "s").at(i));
      leases.hold(NS, record("y" + i, "t"));
      leases.drop(NS, new InstanceKey("a", "y" + i));
    }
    loop.run(() -> assertThat(leases.filed()).isOne());
  }

  @Test
  void revised_theLeaseGoesOnAndEndsForTheNewRecord() {
    leases.hold(NS, record("x", "s"));
    loop.advance(Duration.ofSeconds(6));
    leases.revise(NS, record("x", "s").at(9), false);
    loop.advance(Duration.ofMillis(3_900));
    assertThat(lapsed).isEmpty();
    loop.advance(Duration.ofSeconds(1));
    assertThat(lapsed).hasSize(1);
    assertThat(lapsedRevision).isEqualTo(9);
  }

  @Test
  void lapseOfARecordThatMovedOn_isTriedAgain() {
    leases.hold(NS, record("x", "s"));
    loop.advance(TTL.plusSeconds(1));
    leases.revise(NS, record("x", "s").at(9), false);
    verdict.complete(true);
    verdict = new CompletableFuture<>();
    loop.run();
    assertThat(leases.renew(NS, lease("s"))).isEqualTo(new Renewal.Renewed(TTL));
    loop.advance(TTL.plusSeconds(1));
    assertThat(lapsedRevision).isEqualTo(9);
  }

  @Test
  void lostConnection_isToldWhenItIsHeardAgain() {
    leases.hold(NS, record("x", "s"));
    leases.revise(NS, record("x", "s").at(2), true);
    leases.renew(NS, lease("s"));
    assertThat(heardAgain).containsExactly(new InstanceKey("a", "x"));
    leases.revise(NS, record("x", "s").at(3), false);
    leases.renew(NS, lease("s"));
    assertThat(heardAgain).hasSize(1);
  }

  @Test
  void silenceAndRemaining_followTheBeats() {
    leases.hold(NS, record("x", "s"));
    loop.advance(Duration.ofSeconds(4));
    InstanceKey x = new InstanceKey("a", "x");
    assertThat(leases.silence(NS, x).join()).contains(Duration.ofSeconds(4));
    assertThat(leases.remaining(NS, x).join()).contains(Duration.ofSeconds(6));
    leases.renew(NS, lease("s"));
    assertThat(leases.silence(NS, x).join()).contains(Duration.ZERO);
    assertThat(leases.silence(NS, new InstanceKey("a", "y")).join()).isEmpty();
    assertThat(leases.remaining(NS, new InstanceKey("a", "y")).join()).contains(Duration.ZERO);
  }

  @Test
  void pacing_isAThirdOfTheLeaseAtMostTheLimitAndSpread() {
    Pacing even = new Pacing(Duration.ofSeconds(30), () -> 0.0);
    Pacing early = new Pacing(Duration.ofSeconds(30), () -> 1.0);
    assertThat(even.next(Duration.ofSeconds(12))).isEqualTo(Duration.ofSeconds(4));
    assertThat(even.next(Duration.ofHours(1))).isEqualTo(Duration.ofSeconds(30));
    assertThat(early.next(Duration.ofHours(1))).isEqualTo(Duration.ofSeconds(27));
  }
}
