// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import static dev.rollcall.server.testing.Samples.NOON;
import static dev.rollcall.server.testing.Samples.instance;
import static dev.rollcall.server.testing.Samples.lease;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.grpc.Wire;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.telemetry.Meters;
import dev.rollcall.server.testing.FakeLoop;
import dev.rollcall.server.testing.FakeStore;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What happens when many fall silent at once, with leases of 10 s on a fake clock. */
final class LossesTest {
  private static final String NS = "default";
  private static final Duration STEP = Duration.ofMillis(500);

  private final FakeLoop loop = new FakeLoop();
  private final FakeStore store = new FakeStore();
  private final Liveness liveness =
      new Liveness(
          loop,
          () -> NOON,
          new Losses.Settings(0.3, Duration.ofSeconds(60), Duration.ofMinutes(10)),
          new Meters());
  private final Ledgers ledgers =
      new Ledgers(loop, store, new Wire(), () -> NOON, new Random(1), liveness, new Meters());

  @BeforeEach
  void open() {
    store.feed(ledgers);
    liveness.open(store.load(), store, ledgers, NoProbes.share(ledgers));
    var unused = ledgers.open(store.load());
    loop.run();
    liveness.start();
    loop.run();
  }

  private void register(String service, int count) {
    for (int i = 0; i < count; i++) {
      var unused =
          ledgers.submit(
              NS,
              new Command.Register(
                  instance(service, "i" + i, 1 + i),
                  lease(service + i),
                  OptionalLong.empty(),
                  "c"));
    }
    settle();
  }

  private void settle() {
    loop.run();
    while (store.waiting() > 0) {
      store.commit();
      loop.run();
    }
  }

  /** Time passes; of the service all from the first living one on beat. */
  private void pass(Duration time, String service, int firstLiving, int count) {
    for (Duration passed = Duration.ZERO; passed.compareTo(time) < 0; passed = passed.plus(STEP)) {
      for (int i = firstLiving; i < count; i++) {
        beat(lease(service + i));
      }
      loop.advance(STEP);
      settle();
    }
  }

  private int usable(String service) {
    ServiceView view = ledgers.catalog(NS).service(service);
    return view == null ? 0 : view.usable();
  }

  private int listed(String service) {
    ServiceView view = ledgers.catalog(NS).service(service);
    return view == null ? 0 : view.counts().total();
  }

  @ParameterizedTest(name = "{0} instances, {1} die: {2} go at once")
  @CsvSource({"3, 3, 3", "10, 5, 3", "10, 10, 3", "19, 19, 5", "40, 30, 12", "40, 12, 12"})
  void silence_takesNoMoreThanTheShareAtOnce(int count, int dead, int gone) {
    register("a", count);
    // others beat, so that it is not the registry's network
    register("b", 40);
    for (int i = 0; i < 30; i++) {
      for (int j = 0; j < 40; j++) {
        beat(lease("b" + j));
      }
      pass(STEP, "a", dead, count);
    }
    assertThat(listed("a")).isEqualTo(count - gone);
    assertThat(usable("a")).isEqualTo(count - gone);
  }

  @Test
  void held_areMarkedTruthfullyAndServeAgainWhenHeard() {
    register("a", 10);
    pass(Duration.ofSeconds(15), "a", 10, 10);
    Registration held = ledgers.catalog(NS).service("a").instances().values().iterator().next();
    assertThat(held.status()).isEqualTo(Status.NOT_SERVING);
    assertThat(held.held()).isTrue();
    assertThat(held.usable()).isTrue();
    assertThat(held.cause().kind()).isEqualTo(Cause.Kind.PROTECTED);
    assertThat(held.cause().text()).contains("no heartbeat for").contains("3 of its service");
    beat(held.lease());
    settle();
    Registration again = ledgers.catalog(NS).find(held.key());
    assertThat(again.status()).isEqualTo(Status.SERVING);
    assertThat(again.held()).isFalse();
    assertThat(again.cause().kind()).isEqualTo(Cause.Kind.HEARD_AGAIN);
  }

  @Test
  void held_areReleasedBitByBitAndForCertainAfterTheLongest() {
    register("a", 10);
    pass(Duration.ofSeconds(15), "a", 10, 10);
    assertThat(usable("a")).isEqualTo(7);
    pass(Duration.ofSeconds(70), "a", 10, 10);
    assertThat(usable("a")).isBetween(5, 6);
    pass(Duration.ofMinutes(10), "a", 10, 10);
    assertThat(listed("a")).isZero();
  }

  @Test
  void ownersAndOperators_areNeverHeld() {
    register("a", 10);
    for (int i = 0; i < 10; i++) {
      var unused =
          ledgers.submit(NS, new Command.Deregister(new InstanceKey("a", "i" + i), null, "", "c"));
    }
    settle();
    assertThat(listed("a")).isZero();
  }

  @Test
  void everybodySilent_isTheRegistrysNetwork() {
    register("a", 15);
    register("b", 15);
    pass(Duration.ofMinutes(5), "a", 15, 15);
    assertThat(usable("a") + usable("b")).isEqualTo(30);
    assertThat(ledgers.catalog(NS).position().revision()).isEqualTo(30);
    // it lifts itself: they come back, and one that stays away goes
    for (int i = 0; i < 60; i++) {
      for (int j = 0; j < 15; j++) {
        beat(lease("b" + j));
      }
      pass(STEP, "a", 1, 15);
    }
    assertThat(usable("a")).isEqualTo(14);
    assertThat(usable("b")).isEqualTo(15);
  }

  @Test
  void everybodySilentForTooLong_isTakenForWhatItIs() {
    register("a", 30);
    pass(Duration.ofMinutes(10).plusSeconds(15), "a", 30, 30);
    assertThat(listed("a")).isEqualTo(21);
    pass(Duration.ofMinutes(11), "a", 30, 30);
    assertThat(listed("a")).isZero();
  }

  private void beat(LeaseKey lease) {
    var unused = liveness.leases().renew(NS, List.of(lease));
  }
}
