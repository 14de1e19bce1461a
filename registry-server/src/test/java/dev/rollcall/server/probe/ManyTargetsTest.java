// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import static dev.rollcall.server.testing.Samples.NOON;
import static dev.rollcall.server.testing.Samples.registration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.telemetry.Meters;
import dev.rollcall.server.testing.FakeLoop;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Many targets on a fake clock: spread, doubt and lanes. */
final class ManyTargetsTest {
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

  private void mind(Registration registration) {
    prober.mind(NS, registration);
    loop.run();
  }

  @Test
  void targetsThatCameTogether_areSpreadOverTheInterval() {
    IntStream.range(0, 1_000).forEach(i -> mind(record("i" + i, Status.SERVING, 1)));
    loop.advance(INTERVAL.multipliedBy(2));
    asker.clear();
    int[] perTenth = new int[10];
    long from = loop.nanoTime();
    loop.advance(INTERVAL.minusNanos(1));
    for (long at : asker.askedNanos()) {
      perTenth[(int) ((at - from) * 10 / INTERVAL.toNanos())]++;
    }
    assertThat(IntStream.of(perTenth).sum()).isEqualTo(1_000);
    assertThat(IntStream.of(perTenth).boxed()).allMatch(count -> count > 60 && count < 140);
  }

  @Test
  void mostFailTogether_noneIsBlamedUntilItPasses() {
    List<String> ids = IntStream.range(0, 40).mapToObj(i -> "i" + i).toList();
    ids.forEach(id -> mind(record(id, Status.SERVING, 1)));
    loop.advance(INTERVAL.multipliedBy(3));
    ids.forEach(id -> asker.answer(id, Finding.failed("no route to host")));
    loop.advance(INTERVAL.multipliedBy(10));
    assertThat(said.lines()).isEmpty();
    assertThat(prober.suspicions()).isEqualTo(1);
    ids.stream().skip(3).forEach(id -> asker.answer(id, Finding.passed("connected")));
    loop.advance(INTERVAL.multipliedBy(2));
    assertThat(said.lines()).isNotEmpty();
    assertThat(said.lines()).allMatch(line -> line.matches("failing shop/i[012] .*"));
    assertThat(prober.suspicions()).isEqualTo(1);
  }

  @Test
  void mostFailTogether_whereOneFailureIsEnough_noMoreThanHalfAreBlamed() {
    List<String> ids = IntStream.range(0, 40).mapToObj(i -> "i" + i).toList();
    HealthCheck check = Targets.check(INTERVAL, 1);
    ids.forEach(id -> mind(record(id, "s", Status.SERVING, 1, check)));
    loop.advance(INTERVAL.multipliedBy(3));
    ids.forEach(id -> asker.answer(id, Finding.failed("no route to host")));
    loop.advance(INTERVAL.multipliedBy(3).dividedBy(2));
    assertThat(said.lines().stream().map(line -> line.split(" @")[0]).distinct())
        .hasSizeLessThanOrEqualTo(20);
  }

  @Test
  void askerThatThrows_costsNoPlace() {
    asker.breakDown();
    for (int i = 0; i < 256; i++) {
      String id = "i" + i;
      assertThatIllegalStateException().isThrownBy(() -> mind(record(id, Status.SERVING, 1)));
    }
    loop.advance(SECOND);
    asker.recover();
    loop.advance(INTERVAL.multipliedBy(2));
    assertThat(asker.asked()).hasSizeGreaterThanOrEqualTo(256);
  }

  @Test
  void fewFailTogether_areBlamed() {
    List<String> ids = IntStream.range(0, 40).mapToObj(i -> "i" + i).toList();
    ids.forEach(id -> mind(record(id, Status.SERVING, 1)));
    loop.advance(INTERVAL.multipliedBy(3));
    ids.stream().limit(12).forEach(id -> asker.answer(id, Finding.refused()));
    loop.advance(INTERVAL.multipliedBy(3));
    assertThat(said.lines().stream().map(line -> line.split(" ")[1]).distinct()).hasSize(12);
    assertThat(prober.suspicions()).isZero();
  }

  @Test
  void thousandsThatHang_delayOthersByLessThanHalfAnInterval() {
    List<String> good = IntStream.range(0, 50).mapToObj(i -> "good" + i).toList();
    List<String> bad = IntStream.range(0, 2_000).mapToObj(i -> "bad" + i).toList();
    good.forEach(id -> mind(record(id, Status.SERVING, 1)));
    bad.forEach(asker::hold);
    bad.forEach(id -> mind(record(id, Status.STARTING, 1)));
    loop.advance(INTERVAL.multipliedBy(20));
    for (String id : good) {
      List<Long> times = asker.askedNanos(id);
      assertThat(times).hasSizeGreaterThanOrEqualTo(20);
      long[] gaps =
          IntStream.range(2, times.size())
              .mapToLong(i -> times.get(i) - times.get(i - 1))
              .toArray();
      assertThat(LongStream.of(gaps).max().orElse(0)).isLessThan(INTERVAL.toNanos() * 3 / 2);
    }
    assertThat(asker.mostUnderWay()).isLessThanOrEqualTo(256 + 768 + 64);
    // those that hang are still probed, and come back
    bad.forEach(id -> asker.answer(id, Finding.passed("connected")));
    loop.advance(INTERVAL.multipliedBy(3));
    assertThat(said.lines().stream().map(line -> line.split(" @")[0]).distinct())
        .filteredOn(line -> line.startsWith("serving shop/bad"))
        .hasSize(2_000);
  }
}
