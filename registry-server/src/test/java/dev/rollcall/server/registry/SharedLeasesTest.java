// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import static dev.rollcall.server.testing.Samples.NOON;
import static dev.rollcall.server.testing.Samples.instance;
import static dev.rollcall.server.testing.Samples.lease;
import static dev.rollcall.server.testing.Samples.registration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.grpc.Wire;
import dev.rollcall.server.lease.Leases;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.store.LeaseTable;
import dev.rollcall.server.store.LeaseTable.Term;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.store.StoreException;
import dev.rollcall.server.telemetry.Meters;
import dev.rollcall.server.testing.FakeLoop;
import dev.rollcall.server.testing.FakeStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Leases that the store keeps, on a fake clock and with a store that says what a test wants. */
final class SharedLeasesTest {
  private static final String NS = "default";
  private static final InstanceKey X = new InstanceKey("a", "x");

  private final FakeLoop loop = new FakeLoop();
  private final FakeStore store = new FakeStore();
  private final Table table = new Table();
  private final List<String> events = new ArrayList<>();
  private CompletableFuture<Void> decided = new CompletableFuture<>();
  private final SharedLeases leases = new SharedLeases(loop, table, new Recorder());
  private final Ledgers ledgers =
      new Ledgers(
          loop,
          store,
          new Wire(),
          () -> NOON,
          new Random(1),
          (namespace, before, commit) -> {},
          new Meters());

  private final Ledgers none =
      new Ledgers(
          loop,
          store,
          new Wire(),
          () -> NOON,
          new Random(1),
          (namespace, before, commit) -> {},
          new Meters());

  /** What the store would say. */
  private static final class Table implements LeaseTable {
    private final Map<InstanceKey, Duration> ended = new HashMap<>();
    private final Set<InstanceKey> missing = new HashSet<>();
    private final List<List<Beat>> renewed = new ArrayList<>();
    private final Map<String, Look> looks = new HashMap<>();
    private long overdueServers;
    private long revision = 1;
    private long count = 1;
    private long looked = 1;
    private long silent;
    private boolean otherEpoch;
    private boolean away;

    @Override
    public CompletableFuture<Renewed> renew(String namespace, String epoch, List<Beat> beats) {
      renewed.add(beats);
      return away ? failed() : done(new Renewed(otherEpoch, revision, missing));
    }

    @Override
    public CompletableFuture<Due> due(String namespace, String epoch, Look look) {
      looks.put(namespace, look);
      if (namespace.equals(Presence.NAMESPACE)) {
        return done(new Due(Map.of(), 2, 2, overdueServers));
      }
      return away ? failed() : done(new Due(ended, count, looked, silent));
    }

    @Override
    public CompletableFuture<Map<InstanceKey, Term>> terms(
        String namespace, List<InstanceKey> keys) {
      return away
          ? failed()
          : done(Map.of(X, new Term(Duration.ofSeconds(7), Duration.ofSeconds(3))));
    }

    private static <T> CompletableFuture<T> done(T value) {
      return CompletableFuture.completedFuture(value);
    }

    private static <T> CompletableFuture<T> failed() {
      return CompletableFuture.failedFuture(new StoreException("away"));
    }
  }

  private final class Recorder implements Leases.Listener {
    @Override
    public CompletableFuture<?> lapsed(
        String namespace, InstanceKey key, long revision, Duration silence) {
      events.add("lapsed " + key + "@" + revision + " " + silence.toMillis());
      return decided;
    }

    @Override
    public void heardAgain(String namespace, InstanceKey key) {
      events.add("heard " + key);
    }
  }

  @BeforeEach
  void open() {
    store.feed(ledgers);
    var unused = ledgers.open(store.load());
    leases.open(ledgers, none);
    bring(1, Status.SERVING);
    leases.start();
    loop.run();
  }

  private void bring(long revision, Status status) {
    Position at = new Position("e", revision, revision);
    Change change = new Change.Put(registration(instance("a", "x", 1), "s", status).at(revision));
    ledgers.committed(NS, List.of(new Commit(at, false, change)));
    loop.run();
  }

  private CompletableFuture<Outcome<Leases.Renewed>> beat(LeaseKey... beating) {
    CompletableFuture<Outcome<Leases.Renewed>> outcome = leases.renew(NS, List.of(beating));
    loop.run();
    return outcome;
  }

  private static Leases.Renewed done(CompletableFuture<Outcome<Leases.Renewed>> outcome) {
    return ((Outcome.Done<Leases.Renewed>) outcome.join()).value();
  }

  @Test
  void beat_isRenewedInTheStoreUnderItsRecordsTerm() {
    Leases.Renewed renewed = done(beat(lease("s")));
    assertThat(renewed.unknown()).isEmpty();
    assertThat(renewed.shortest()).contains(Duration.ofSeconds(10));
    assertThat(table.renewed)
        .containsExactly(List.of(new LeaseTable.Beat(X, Duration.ofSeconds(10))));
  }

  @Test
  void oneRecordOfALease_isRenewedAlone() {
    Position at = new Position("e", 2, 2);
    Change another = new Change.Put(registration(instance("a", "y", 1), "s", Status.SERVING).at(2));
    ledgers.committed(NS, List.of(new Commit(at, false, another)));
    loop.run();
    assertThat(done(leases.renew(NS, lease("s"), X)).unknown()).isEmpty();
    assertThat(table.renewed)
        .containsExactly(List.of(new LeaseTable.Beat(X, Duration.ofSeconds(10))));
    var other = leases.renew(NS, lease("s"), new InstanceKey("a", "z"));
    assertThat(done(other).unknown()).containsExactly(lease("s"));
  }

  @Test
  void unknown_isSaidOnlyByAViewThatHasReachedTheStore() {
    table.revision = 2;
    var outcome = beat(lease("t"));
    assertThat(outcome).isNotDone();
    bring(2, Status.SERVING);
    loop.advance(Duration.ofSeconds(1));
    assertThat(done(outcome).unknown()).containsExactly(lease("t"));
  }

  @Test
  void namespaceThatNobodyWroteTo_isUnknownOnlyOnceOthersHadTimeToFillTheStore() {
    table.revision = 0;
    var early = leases.renew("other", List.of(lease("t")));
    assertThat(((Outcome.Refused<Leases.Renewed>) early.join()).why().reason())
        .isEqualTo(Reason.STORE_UNAVAILABLE);
    loop.advance(Duration.ofSeconds(5));
    var later = leases.renew("other", List.of(lease("t")));
    assertThat(done(later).unknown()).containsExactly(lease("t"));
  }

  @Test
  void leaseThatTheStoreHasNoMore_isUnknown() {
    table.missing.add(X);
    assertThat(done(beat(lease("s"))).unknown()).containsExactly(lease("s"));
  }

  @Test
  void storeAway_beatsAreUnavailableAndNothingEnds() {
    table.away = true;
    assertThat(((Outcome.Refused<Leases.Renewed>) beat(lease("s")).join()).why().reason())
        .isEqualTo(Reason.STORE_UNAVAILABLE);
    loop.advance(Duration.ofMinutes(10));
    assertThat(events).isEmpty();
    assertThat(leases.calmFor()).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void otherEpochWhileRecovering_isNeitherUnknownNorAnError() {
    table.otherEpoch = true;
    ledgers.recovering(NS, Store.Recovering.BEGUN);
    assertThat(done(beat(lease("t"))).unknown()).isEmpty();
  }

  @Test
  void beatOfOneWhoseConnectionWasLost_isToldSo() {
    bring(2, Status.NOT_SERVING);
    table.revision = 2;
    beat(lease("s"));
    assertThat(events).containsExactly("heard a/x");
  }

  @Test
  void endedLease_becomesALapseOnceUntilDecided() {
    table.ended.put(X, Duration.ofMillis(10_300));
    loop.advance(Duration.ofSeconds(3));
    assertThat(events).containsExactly("lapsed a/x@1 10300");
    assertThat(leases.heard(NS, X)).isFalse();
    decided.complete(null);
    decided = new CompletableFuture<>();
    loop.advance(Duration.ofSeconds(1));
    assertThat(events).hasSize(2);
    table.ended.clear();
    beat(lease("s"));
    assertThat(leases.heard(NS, X)).isTrue();
  }

  @Test
  void serverThatIsOverdue_nobodyLapsesUntilItIsBackOrKnownToBeDead() {
    bringServer();
    table.ended.put(X, Duration.ofMillis(10_300));
    table.overdueServers = 1;
    loop.advance(Duration.ofSeconds(3));
    assertThat(events).isEmpty();
    assertThat(leases.heard(NS, X)).isTrue();
    table.overdueServers = 0;
    leases.peerLost("replica-1");
    loop.advance(Duration.ofMillis(500));
    assertThat(table.looks.get(NS).dead()).containsExactly("replica-1");
    assertThat(events).isEmpty();
    loop.advance(Duration.ofSeconds(1));
    assertThat(events).hasSize(1);
    loop.advance(Duration.ofSeconds(10));
    assertThat(table.looks.get(NS)).isEqualTo(LeaseTable.Look.USUAL);
  }

  @Test
  void serverThatIsAlwaysLate_holdsNobodyUp() {
    bringServer();
    table.ended.put(X, Duration.ofMillis(10_300));
    table.overdueServers = 1;
    loop.advance(Duration.ofSeconds(6));
    assertThat(events).hasSize(1);
  }

  @Test
  void serversThatAreGone_areKnownSoonAfterAnOutageToo() {
    bringServer();
    loop.advance(Duration.ofSeconds(1));
    assertThat(table.looks.get(Presence.NAMESPACE).most()).isLessThan(Presence.TTL);
    assertThat(table.looks.get(NS).most()).isEqualTo(Leases.MOST_GRACE);
  }

  private void bringServer() {
    Change change =
        new Change.Put(registration(instance("registry", "r", 1), "r", Status.SERVING).at(1));
    ledgers.committed(
        Presence.NAMESPACE, List.of(new Commit(new Position("e", 1, 1), false, change)));
    loop.run();
  }

  @Test
  void nearlyEverybodySilent_isTheRegistrysOwnTrouble() {
    // nothing has ended, so nobody looked
    table.count = 300;
    table.looked = 0;
    loop.advance(Duration.ofMinutes(20));
    loop.run(() -> assertThat(leases.mostlySilent(NS, Duration.ofMinutes(1))).isFalse());
    table.looked = 200;
    table.silent = 180;
    loop.advance(Duration.ofSeconds(1));
    loop.run(() -> assertThat(leases.mostlySilent(NS, Duration.ofMinutes(1))).isTrue());
    loop.advance(Duration.ofMinutes(1));
    loop.run(() -> assertThat(leases.mostlySilent(NS, Duration.ofMinutes(1))).isFalse());
  }

  @Test
  void silence_isWhatTheStoreSays() {
    assertThat(leases.silence(NS, X).join()).contains(Duration.ofSeconds(3));
    assertThat(leases.remaining(NS, X).join()).contains(Duration.ofSeconds(7));
    table.away = true;
    assertThat(leases.silence(NS, X).join()).isEmpty();
    assertThat(leases.remaining(NS, X).join()).isEmpty();
  }

  @Test
  void lateSweep_isAnOutage() {
    loop.advance(Duration.ofSeconds(30));
    assertThat(leases.calmFor()).isGreaterThanOrEqualTo(Duration.ofSeconds(30));
    loop.freeze(Duration.ofSeconds(3));
    loop.advance(Duration.ofSeconds(1));
    assertThat(leases.calmFor()).isLessThan(Duration.ofSeconds(2));
  }
}
