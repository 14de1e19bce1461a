// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import static dev.rollcall.server.testing.Samples.NOON;
import static dev.rollcall.server.testing.Samples.instance;
import static dev.rollcall.server.testing.Samples.lease;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LossBudget;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.grpc.Wire;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.telemetry.Meters;
import dev.rollcall.server.testing.FakeLoop;
import dev.rollcall.server.testing.FakeStore;
import dev.rollcall.server.watch.Follower;
import dev.rollcall.server.watch.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LedgersTest {
  private static final String NS = "default";

  private final FakeLoop loop = new FakeLoop();
  private final FakeStore store = new FakeStore();
  private final List<Commit> told = new ArrayList<>();
  private final Ledgers ledgers =
      new Ledgers(
          loop,
          store,
          new Wire(),
          () -> NOON,
          new Random(1),
          (ns, before, commit) -> told.add(commit),
          new Meters());

  @BeforeEach
  void open() {
    store.feed(ledgers);
    var unused = ledgers.open(store.load());
    loop.run();
  }

  private CompletableFuture<Outcome<Catalog>> register(String id, int port, String secret) {
    CompletableFuture<Outcome<Catalog>> outcome =
        ledgers.submit(
            NS,
            new Command.Register(
                instance("a", id, port), lease(secret), OptionalLong.empty(), "c"));
    loop.run();
    return outcome;
  }

  private static Reason refusal(CompletableFuture<Outcome<Catalog>> outcome) {
    return ((Outcome.Refused<Catalog>) outcome.join()).why().reason();
  }

  private void commit() {
    store.commit();
    loop.run();
  }

  @Test
  void nothing_isTrueBeforeTheFeedBringsItBack() {
    var outcome = register("x", 1, "s");
    assertThat(outcome).isNotDone();
    assertThat(ledgers.catalog(NS).instances()).isZero();
    commit();
    assertThat(((Outcome.Done<Catalog>) outcome.join()).value().instances()).isEqualTo(1);
    assertThat(ledgers.catalog(NS).position().revision()).isEqualTo(1);
    assertThat(told).hasSize(1);
  }

  @Test
  void commandsOfOneRecord_areDecidedOneAfterAnother() {
    var first = register("x", 1, "s");
    var retry = register("x", 1, "s");
    var stranger = register("x", 1, "other");
    assertThat(store.waiting()).isEqualTo(1);
    commit();
    assertThat(first.join()).isInstanceOf(Outcome.Done.class);
    assertThat(retry.join()).isInstanceOf(Outcome.Done.class);
    assertThat(refusal(stranger)).isEqualTo(Reason.INSTANCE_ID_TAKEN);
    assertThat(ledgers.catalog(NS).position().revision()).isEqualTo(1);
  }

  @Test
  void commandsOfDifferentRecords_goToTheStoreTogether() {
    register("x", 1, "s");
    register("y", 1, "t");
    assertThat(store.waiting()).isEqualTo(2);
    commit();
    assertThat(ledgers.catalog(NS).position().revision()).isEqualTo(2);
  }

  @Test
  void ownCommandsOfTheRegistry_goBeforeThoseOfClients() {
    register("x", 1, "s");
    commit();
    var unused =
        ledgers.submit(
            NS, new Command.Register(instance("b", "y", 1), lease("t"), OptionalLong.empty(), "c"));
    var unused2 =
        ledgers.submitUrgent(
            NS,
            new Command.Lapse(
                new InstanceKey("a", "x"), 1, Duration.ofSeconds(11), LossBudget.UNLIMITED));
    loop.run();
    assertThat(store.lose().change().key()).isEqualTo(new InstanceKey("a", "x"));
  }

  @Test
  void leaseThatWasRenewedInTime_saysNothingAboutTheStore() {
    register("x", 1, "s");
    commit();
    ledgers.submitUrgent(
        NS,
        new Command.Lapse(
            new InstanceKey("a", "x"), 1, Duration.ofSeconds(11), LossBudget.UNLIMITED));
    loop.run();
    store.fail(Store.Failure.LEASE_RENEWED);
    loop.run();
    assertThat(ledgers.storeTrouble()).isEmpty();
  }

  @Test
  void refusalsOfTheStore_reachTheCallerAndChangeNothing() {
    var full = register("x", 1, "s");
    store.fail(Store.Failure.FULL);
    loop.run();
    assertThat(refusal(full)).isEqualTo(Reason.STORE_FULL);
    var away = register("x", 1, "s");
    store.fail(Store.Failure.UNAVAILABLE);
    loop.run();
    assertThat(refusal(away)).isEqualTo(Reason.STORE_UNAVAILABLE);
    assertThat(ledgers.catalog(NS).instances()).isZero();
    register("x", 1, "s");
    commit();
    assertThat(ledgers.catalog(NS).instances()).isEqualTo(1);
  }

  @Test
  void refusal_isTheStoresTrouble_untilItTakesAChangeOrForAWhile() {
    register("x", 1, "s");
    store.fail(Store.Failure.UNREADABLE);
    assertThat(ledgers.storeTrouble()).isEmpty();
    register("x", 1, "s");
    store.fail(Store.Failure.FULL);
    loop.advance(Duration.ofSeconds(3));
    register("x", 1, "s");
    store.fail(Store.Failure.FULL);
    loop.advance(Duration.ofSeconds(9));
    assertThat(ledgers.storeTrouble())
        .contains(new StoreTrouble("the store has no room for changes", Duration.ofSeconds(12)));
    loop.advance(Duration.ofSeconds(1));
    assertThat(ledgers.storeTrouble()).isEmpty();
    register("x", 1, "s");
    store.fail(Store.Failure.OUTCOME_UNKNOWN);
    assertThat(ledgers.storeTrouble()).isPresent();
    register("y", 1, "s");
    commit();
    assertThat(ledgers.storeTrouble()).isEmpty();
  }

  @Test
  void conflict_isDecidedAgainThreeTimes() {
    var outcome = register("x", 1, "s");
    for (int i = 1; i < Ledger.ATTEMPTS; i++) {
      store.fail(Store.Failure.CONFLICT);
      loop.run();
      assertThat(outcome).isNotDone();
      assertThat(store.waiting()).isEqualTo(1);
    }
    store.fail(Store.Failure.CONFLICT);
    loop.run();
    assertThat(refusal(outcome)).isEqualTo(Reason.CONFLICT);
  }

  @Test
  void silentStore_isAnUnknownOutcomeAfter5s_andALateCommitStillCounts() {
    var outcome = register("x", 1, "s");
    var behind = register("x", 2, "s");
    loop.advance(Duration.ofMillis(4_900));
    assertThat(outcome).isNotDone();
    loop.advance(Duration.ofSeconds(1));
    assertThat(refusal(outcome)).isEqualTo(Reason.OUTCOME_UNKNOWN);
    assertThat(refusal(behind)).isEqualTo(Reason.STORE_UNAVAILABLE);
    commit();
    assertThat(ledgers.catalog(NS).instances()).isEqualTo(1);
    var again = register("x", 1, "s");
    assertThat(again.join()).isInstanceOf(Outcome.Done.class);
  }

  @Test
  void tooManyWaiting_areRefusedAtOnce() {
    for (int i = 0; i < 10_000; i++) {
      register("x" + i, 1, "s");
    }
    assertThat(refusal(register("one-more", 1, "s"))).isEqualTo(Reason.TOO_BUSY);
    commit();
    assertThat(register("one-more", 1, "s")).isNotDone();
  }

  @Test
  void reached_completesWithTheRevisionOrEmptyAfterThePatience() {
    var soon = ledgers.reached(NS, 1, Duration.ofSeconds(5));
    var never = ledgers.reached(NS, 2, Duration.ofSeconds(5));
    loop.run();
    assertThat(soon).isNotDone();
    register("x", 1, "s");
    commit();
    assertThat(soon.join()).isPresent();
    loop.advance(Duration.ofSeconds(5));
    assertThat(never.join()).isEqualTo(Optional.empty());
  }

  @Test
  void namespaces_areBoundedAndUnbornOnesMakeRoom() {
    List<Follower> followers = new ArrayList<>();
    for (int i = 0; i < Ledgers.NAMESPACES; i++) {
      Follower follower = new Follower(new Selector(new TreeSet<>(), View.USABLE), () -> {});
      followers.add(follower);
      var unused = ledgers.follow("n" + i, follower);
    }
    loop.run();
    assertThat(refusal(register("x", 1, "s"))).isEqualTo(Reason.NAMESPACE_LIMIT);
    ledgers.unfollow("n7", followers.get(7));
    loop.run();
    assertThat(register("x", 1, "s")).isNotDone();
  }
}
