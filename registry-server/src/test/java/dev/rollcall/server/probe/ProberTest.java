// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import static dev.rollcall.server.testing.Samples.NOON;
import static dev.rollcall.server.testing.Samples.registration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.telemetry.Meters;
import dev.rollcall.server.testing.FakeLoop;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Probes on a fake clock, of targets that a test speaks for. */
final class ProberTest {
  private static final String NS = "default";
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final FakeLoop loop = new FakeLoop();
  private final FakeAsker asker = new FakeAsker(loop);
  private final Said said = new Said();
  private final Prober prober = new Prober(loop, () -> NOON, asker, said, new Meters());

  private static Registration record(String id, Status status, long revision) {
    return record(id, "s-" + id, status, revision, Targets.check(INTERVAL));
  }

  private static Registration record(
      String id, String secret, Status status, long revision, HealthCheck check) {
    Instance instance = Targets.instance(id, "10.0.0.1:80", check);
    return registration(instance, secret, status).at(revision);
  }

  private static InstanceKey key(String id) {
    return new InstanceKey("shop", id);
  }

  private void mind(Registration registration) {
    prober.mind(NS, registration);
    loop.run();
  }

  @Test
  void newTarget_isProbedAtOnceAndThenEachInterval() {
    mind(record("a", Status.STARTING, 1));
    assertThat(asker.asked()).hasSize(1);
    assertThat(said.lines()).containsExactly("serving shop/a @1: probe passed in 0 ms");
    loop.advance(INTERVAL.multipliedBy(20));
    List<Long> times = asker.askedNanos();
    assertThat(times).hasSizeBetween(20, 21);
    long second = times.get(1) - times.get(0);
    assertThat(second).isBetween(INTERVAL.toNanos() / 2, INTERVAL.toNanos() * 3 / 2);
    for (int i = 2; i < times.size(); i++) {
      assertThat(times.get(i) - times.get(i - 1)).isEqualTo(INTERVAL.toNanos());
    }
  }

  @Test
  void failures_turnItOnceTheyAreEnoughAndItComesBackByItself() {
    mind(record("a", Status.SERVING, 1));
    asker.answer("a", Finding.refused());
    loop.advance(INTERVAL.multipliedBy(3).dividedBy(2));
    assertThat(said.lines()).isEmpty();
    loop.advance(INTERVAL);
    assertThat(said.lines()).hasSize(1);
    assertThat(said.lines().get(0))
        .startsWith("failing shop/a @1: 2 probes failed: connection refused; last success ");
    mind(record("a", Status.NOT_SERVING, 2));
    asker.answer("a", Finding.passed("connected"));
    loop.advance(INTERVAL);
    assertThat(said.lines().get(1)).isEqualTo("serving shop/a @2: probe passed in 0 ms");
  }

  @Test
  void verdictWithoutEffect_isSaidAgainEachInterval() {
    asker.answer("a", Finding.refused());
    mind(record("a", Status.SERVING, 1));
    loop.advance(INTERVAL.multipliedBy(6));
    assertThat(said.lines()).hasSizeBetween(4, 6);
  }

  @Test
  void anotherTarget_beginsAgainAndOldAnswersAreDropped() {
    asker.hold("a");
    mind(record("a", Status.STARTING, 1));
    mind(record("a", "another-secret", Status.STARTING, 2, Targets.check(INTERVAL)));
    assertThat(asker.asked()).hasSize(2);
    asker.release(0, Finding.passed("connected"));
    loop.run();
    assertThat(said.lines()).isEmpty();
    asker.release(1, Finding.passed("connected"));
    loop.run();
    assertThat(said.lines()).containsExactly("serving shop/a @2: probe passed in 0 ms");
  }

  @Test
  void anotherRevisionOfTheSameTarget_isNotProbedAnewAndIsWhatTheVerdictNames() {
    asker.hold("a");
    mind(record("a", Status.STARTING, 1));
    mind(record("a", Status.STARTING, 7));
    assertThat(asker.asked()).hasSize(1);
    asker.release(0, Finding.passed("connected"));
    loop.run();
    assertThat(said.lines()).containsExactly("serving shop/a @7: probe passed in 0 ms");
  }

  @Test
  void noAnswer_isATimeoutThatSaysWhatItWaitedFor() {
    asker.hold("a");
    mind(record("a", Status.SERVING, 1));
    loop.advance(SECOND);
    assertThat(prober.results(NS, key("a")))
        .containsExactly(
            new ProbeResult(NOON, SECOND, false, "timed out after 1 s while connecting"));
    assertThat(asker.abandoned()).isEqualTo(1);
  }

  @Test
  void pausedRegistry_blamesNoTarget() {
    asker.hold("a");
    mind(record("a", Status.SERVING, 1));
    loop.freeze(Duration.ofMinutes(1));
    assertThat(prober.results(NS, key("a")).get(0).detail())
        .isEqualTo("the registry itself was too slow to probe");
    assertThat(said.lines()).isEmpty();
  }

  @Test
  void hurry_refused_isEnoughWithin50Millis() {
    mind(record("a", Status.SERVING, 1));
    asker.answer("a", Finding.refused());
    prober.hurry(NS, key("a"));
    loop.advance(Duration.ofMillis(50));
    assertThat(said.lines()).hasSize(1);
    assertThat(said.lines().get(0))
        .startsWith("failing shop/a @1: connection lost, then 1 probe failed: connection refused");
  }

  @Test
  void hurry_anyOtherFailure_countsAsOne() {
    mind(record("a", Status.SERVING, 1));
    asker.answer("a", Finding.failed("HTTP 503"));
    prober.hurry(NS, key("a"));
    loop.advance(Duration.ofMillis(50));
    assertThat(asker.asked()).hasSize(2);
    assertThat(said.lines()).isEmpty();
  }

  @Test
  void hurry_dropsTheProbeThatBeganBefore() {
    asker.hold("a");
    mind(record("a", Status.SERVING, 1));
    prober.hurry(NS, key("a"));
    loop.advance(Duration.ofMillis(50));
    assertThat(asker.asked()).hasSize(2);
    asker.release(0, Finding.passed("connected"));
    asker.release(1, Finding.refused());
    loop.run();
    assertThat(said.lines()).hasSize(1);
    assertThat(said.lines().get(0)).startsWith("failing");
    prober.hurry(NS, key("nobody"));
    loop.run();
  }

  @Test
  void forgotten_orWithoutACheck_isNotProbedAnyMore() {
    mind(record("a", Status.SERVING, 1));
    mind(record("b", Status.SERVING, 1));
    prober.hurry(NS, key("a"));
    prober.forget(NS, key("a"));
    mind(registration(Targets.instance("b", "10.0.0.1:80", null), "s-b", Status.SERVING).at(2));
    asker.clear();
    loop.advance(INTERVAL.multipliedBy(3));
    assertThat(asker.asked()).isEmpty();
    assertThat(prober.results(NS, key("a"))).isEmpty();
  }

  @Test
  void results_areTheLastTenNewestFirst() {
    mind(record("a", Status.SERVING, 1));
    loop.advance(INTERVAL.multipliedBy(12));
    asker.answer("a", Finding.failed("HTTP 500"));
    loop.advance(INTERVAL);
    List<ProbeResult> results = prober.results(NS, key("a"));
    assertThat(results).hasSize(10);
    assertThat(results.get(0)).isEqualTo(new ProbeResult(NOON, Duration.ZERO, false, "HTTP 500"));
    assertThat(results.get(1).passed()).isTrue();
  }

  @Test
  void probeThatRenewsTheLease_saysEachSinglePass() {
    Instance plain = Targets.instance("a", "10.0.0.1:80", Targets.check(INTERVAL));
    mind(registration(Targets.renewedByProbes(plain), "s", Status.SERVING).at(1));
    loop.advance(INTERVAL.multipliedBy(5));
    int passes = asker.asked().size();
    assertThat(said.renewals()).isEqualTo(passes);
    asker.answer("a", Finding.failed("HTTP 500"));
    loop.advance(INTERVAL.multipliedBy(5));
    assertThat(said.renewals()).isEqualTo(passes);
  }

  @Test
  void removeAfter_givesUpWhatDoesNotServeThatLong() {
    HealthCheck check = Targets.check(INTERVAL, Duration.ofSeconds(60));
    asker.answer("a", Finding.refused());
    mind(record("a", "s", Status.NOT_SERVING, 3, check));
    loop.advance(Duration.ofSeconds(30));
    mind(record("a", "s", Status.NOT_SERVING, 4, check));
    loop.advance(Duration.ofMillis(29_999));
    assertThat(said.lines()).isEmpty();
    loop.advance(Duration.ofMillis(1));
    assertThat(said.lines()).containsExactly("give up shop/a @4 after PT1M");
    loop.advance(Duration.ofSeconds(5));
    assertThat(said.lines()).hasSize(2);
  }

  @Test
  void removeAfter_beginsAgainAfterItServed() {
    HealthCheck check = Targets.check(INTERVAL, Duration.ofSeconds(60));
    mind(record("a", "s", Status.NOT_SERVING, 3, check));
    loop.advance(Duration.ofSeconds(50));
    mind(record("a", "s", Status.SERVING, 4, check));
    mind(record("a", "s", Status.NOT_SERVING, 5, check));
    loop.advance(Duration.ofSeconds(50));
    assertThat(said.lines()).noneMatch(line -> line.startsWith("give up"));
    loop.advance(Duration.ofSeconds(10));
    assertThat(said.lines()).anyMatch(line -> line.startsWith("give up shop/a @5"));
  }

  @Test
  void targetThatAlternates_turnsRarely() {
    asker.alternate("a");
    HealthCheck check = Targets.check(SECOND, 1);
    said.follow((status, revision) -> prober.mind(NS, record("a", "s", status, revision, check)));
    mind(record("a", "s", Status.SERVING, 1, check));
    loop.advance(Duration.ofSeconds(60));
    assertThat(said.lines()).hasSizeBetween(3, 6);
  }

  @Test
  void targetThatFlappedAndThenFailsForGood_isNotHandedOutForTheWholeHold() {
    asker.alternate("a");
    HealthCheck check = Targets.check(SECOND, 1);
    said.follow((status, revision) -> prober.mind(NS, record("a", "s", status, revision, check)));
    mind(record("a", "s", Status.SERVING, 1, check));
    loop.advance(Duration.ofSeconds(120));
    if (said.status() != Status.SERVING) {
      asker.answer("a", Finding.passed("connected"));
      loop.advance(Duration.ofSeconds(61));
    }
    asker.answer("a", Finding.refused());
    loop.advance(Duration.ofSeconds(6));
    assertThat(said.status()).isEqualTo(Status.NOT_SERVING);
  }

  @Test
  void close_dropsWhatIsUnderWay() {
    asker.hold("a");
    mind(record("a", Status.SERVING, 1));
    prober.close();
    loop.run();
    assertThat(asker.abandoned()).isEqualTo(1);
    loop.advance(INTERVAL.multipliedBy(3));
    assertThat(asker.asked()).hasSize(1);
  }
}
