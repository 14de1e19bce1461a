// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import static dev.rollcall.server.testing.Samples.NOON;
import static dev.rollcall.server.testing.Samples.instance;
import static dev.rollcall.server.testing.Samples.lease;
import static dev.rollcall.server.testing.Samples.registration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.grpc.Wire;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.store.Store.Append;
import dev.rollcall.server.testing.FakeLoop;
import dev.rollcall.server.testing.FakeStore;
import dev.rollcall.server.watch.Follower;
import dev.rollcall.server.watch.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A ledger whose store has other writers: it is overtaken, and what it missed is made up for. */
final class SharedStoreTest {
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
          (ns, before, commit) -> told.add(commit));

  @BeforeEach
  void open() {
    store.feed(ledgers);
    var unused = ledgers.open(store.load());
    loop.run();
  }

  private CompletableFuture<Outcome<Catalog>> register(String id) {
    CompletableFuture<Outcome<Catalog>> outcome =
        ledgers.submit(
            NS, new Command.Register(instance("a", id, 1), lease(id), OptionalLong.empty(), "c"));
    loop.run();
    return outcome;
  }

  private static Commit other(String epoch, long revision, String id) {
    Registration record = registration(instance("a", id, 9), "other", Status.SERVING);
    return new Commit(
        new Position(epoch, revision, revision * 7), false, new Change.Put(record.at(revision)));
  }

  private void bring(Commit commit) {
    ledgers.committed(NS, List.of(commit));
    loop.run();
  }

  private Append overtake(Position head) {
    Append append = store.lose();
    ledgers.overtaken(append, head);
    loop.run();
    return append;
  }

  private static Kept.Namespace kept(Catalog catalog, Commit... log) {
    return new Kept.Namespace(catalog, List.of(log), Map.of());
  }

  @Test
  void overtaken_isDecidedAgainOnlyOnAViewThatHasGotThere() {
    bring(other("e", 1, "x"));
    var outcome = register("y");
    overtake(new Position("e", 3, 0));
    assertThat(store.waiting()).isZero();
    bring(other("e", 2, "v"));
    assertThat(store.waiting()).isZero();
    bring(other("e", 3, "w"));
    assertThat(store.waiting()).isEqualTo(1);
    assertThat(store.lose().decidedAt().revision()).isEqualTo(3);
    assertThat(outcome).isNotDone();
  }

  @Test
  void overtakenByTheSameId_isRefusedWithTheTruth() {
    bring(other("e", 1, "x"));
    var outcome = register("y");
    overtake(new Position("e", 2, 0));
    bring(other("e", 2, "y"));
    assertThat(((Outcome.Refused<Catalog>) outcome.join()).why().reason())
        .isEqualTo(Reason.INSTANCE_ID_TAKEN);
  }

  @Test
  void overtakenAgainAndAgain_isAConflictForTheCaller() {
    bring(other("e", 1, "x"));
    var outcome = register("y");
    for (int i = 0; i < Ledger.ATTEMPTS; i++) {
      overtake(new Position("e", 1, 0));
    }
    assertThat(((Outcome.Refused<Catalog>) outcome.join()).why().reason())
        .isEqualTo(Reason.CONFLICT);
  }

  @Test
  void overtakenAndNeverCaughtUp_isUnavailableAfterFiveSeconds() {
    bring(other("e", 1, "x"));
    var outcome = register("y");
    overtake(new Position("e", 9, 0));
    loop.advance(Duration.ofMillis(5_600));
    assertThat(((Outcome.Refused<Catalog>) outcome.join()).why().reason())
        .isEqualTo(Reason.STORE_UNAVAILABLE);
    // and the record is free for the next command
    register("y");
    assertThat(store.waiting()).isEqualTo(1);
  }

  @Test
  void overtakenByANewEpoch_isDecidedAgainInIt() {
    bring(other("e", 1, "x"));
    register("y");
    overtake(new Position("f", 5, 0));
    ledgers.reset(kept(Catalog.empty(NS, new Position("f", 5, 35))));
    loop.run();
    assertThat(store.lose().decidedAt()).isEqualTo(new Position("f", 5, 35));
  }

  @Test
  void reset_tellsTheDifferenceAsChanges() {
    bring(other("e", 1, "gone"));
    bring(other("e", 2, "same"));
    bring(other("e", 3, "newer"));
    told.clear();
    Position at = new Position("f", 9, 63);
    Catalog next = Catalog.empty(NS, at);
    for (Commit commit :
        List.of(other("e", 2, "same"), other("f", 8, "newer"), other("f", 9, "new"))) {
      next = commit.change().applyTo(next, at);
      // the record keeps its own revision
      next = next.with(((Change.Put) commit.change()).registration(), at);
    }
    ledgers.reset(kept(next));
    loop.run();
    assertThat(ledgers.catalog(NS).position()).isEqualTo(at);
    assertThat(told)
        .extracting(commit -> commit.change().key().id())
        .containsExactlyInAnyOrder("gone", "newer", "new");
    Commit gone =
        told.stream().filter(c -> c.change() instanceof Change.Remove).findFirst().orElseThrow();
    assertThat(gone.change().cause().kind()).isEqualTo(Cause.Kind.RECOVERED);
    assertThat(gone.usableBefore()).isTrue();
  }

  @Test
  void reset_ownChangeInItsLog_isDone() {
    bring(other("e", 1, "x"));
    var outcome = register("y");
    Append append = store.lose();
    Position at = new Position("e", 7, append.nonce());
    Change.Put put = (Change.Put) append.change();
    Commit own = new Commit(at, false, new Change.Put(put.registration().at(7)));
    ledgers.reset(kept(own.change().applyTo(Catalog.empty(NS, at), at), own));
    loop.run();
    assertThat(outcome.join()).isInstanceOf(Outcome.Done.class);
  }

  @Test
  void storeThatMayHaveBeenEmptied_isDoubtedAndWhoeverFollowsIsWokenWhenThatIsOver() {
    var unused = ledgers.open(new Kept(List.of(), 0, 0, true));
    loop.advance(Duration.ofSeconds(4));
    ledgers.serving();
    loop.run();
    List<Boolean> woken = new ArrayList<>();
    Follower[] follower = new Follower[1];
    follower[0] =
        new Follower(
            new Selector(new TreeSet<>(), View.USABLE),
            () -> {
              woken.add(ledgers.doubtful(NS));
              follower[0].looking();
            });
    var follows = ledgers.follow(NS, follower[0]);
    loop.run();
    ledgers.missed(NS);
    loop.advance(Duration.ofMinutes(1));
    assertThat(follows).isDone();
    assertThat(woken).containsExactly(true, true, false);
  }

  @Test
  void recoveryThatEnds_isOverOnlyWhenItsResultIsThere() {
    bring(other("e", 1, "x"));
    ledgers.recovering(NS, Store.Recovering.BEGUN);
    ledgers.reset(kept(Catalog.empty(NS, new Position("f", 5, 35))));
    ledgers.recovering(NS, Store.Recovering.ENDED);
    assertThat(ledgers.doubtful(NS)).isTrue();
    loop.run();
    assertThat(ledgers.doubtful(NS)).isFalse();
    assertThat(ledgers.catalog(NS).position().epoch()).isEqualTo("f");
  }

  @Test
  void view_isTheCatalogWithAllThatWasDelivered() {
    ledgers.committed(NS, List.of(other("e", 1, "x")));
    CompletableFuture<Catalog> view = CompletableFuture.supplyAsync(() -> ledgers.view(NS));
    while (!view.isDone()) {
      loop.run();
      Thread.onSpinWait();
    }
    assertThat(view.join().position().revision()).isEqualTo(1);
  }
}
