// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import static dev.rollcall.server.testing.Samples.instance;
import static dev.rollcall.server.testing.Samples.lease;
import static dev.rollcall.server.testing.Samples.registration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.grpc.Wire;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.LeaseTick;
import dev.rollcall.server.telemetry.Meters;
import dev.rollcall.server.testing.FakeLoop;
import dev.rollcall.server.testing.FakeStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a restart does to leases of 10 s, with a store that says what it remembered. */
final class LivenessTest {
  private static final String NS = "default";
  private static final InstanceKey X = new InstanceKey("a", "x");
  private static final long CLOCK = 1_000_000;

  private static final Losses.Settings PROTECTION =
      new Losses.Settings(0.3, Duration.ofSeconds(60), Duration.ofMinutes(10));

  private final FakeLoop loop = new FakeLoop();
  private final FakeStore store = new FakeStore();
  private Instant wall = Instant.ofEpochMilli(50_000_000);
  private final Liveness liveness = new Liveness(loop, () -> wall, PROTECTION, new Meters());
  private final Ledgers ledgers =
      new Ledgers(loop, store, new Wire(), () -> wall, new Random(1), liveness, new Meters());

  private void restart(long wallAtLastTick, Map<InstanceKey, Kept.Unheard> unheard) {
    Position at = new Position("e", 1, 5);
    Catalog catalog =
        Catalog.unborn(NS).with(registration(instance("a", "x", 1), "s", Status.SERVING).at(1), at);
    Kept kept =
        new Kept(
            List.of(new Kept.Namespace(catalog, List.<Commit>of(), unheard)),
            CLOCK,
            wallAtLastTick);
    store.begin(catalog);
    liveness.open(kept, store, ledgers, NoProbes.share(ledgers));
    store.feed(ledgers);
    var unused = ledgers.open(kept);
    loop.run();
    liveness.start();
    loop.run();
  }

  private boolean listedAfter(Duration time) {
    loop.advance(time);
    store.commit();
    loop.run();
    return ledgers.catalog(NS).find(X) != null;
  }

  @Test
  void start_givesEachLeaseItsWholeTimeAndTheTimeAway() {
    restart(wall.toEpochMilli() - 3_000, Map.of());
    LeaseTick first = store.ticks().get(0);
    assertThat(first.unheard()).isEqualTo(Map.of(NS, Map.of(X, new Kept.Unheard(CLOCK, 3_000))));
    assertThat(listedAfter(Duration.ofMillis(12_800))).isTrue();
    assertThat(listedAfter(Duration.ofMillis(800))).isFalse();
  }

  @Test
  void timeAway_countsUpTo150sAndNeverBackwards() {
    restart(wall.toEpochMilli() - 10_000_000, Map.of());
    assertThat(store.ticks().get(0).unheard().get(NS).get(X).graceMillis()).isEqualTo(150_000);
  }

  @Test
  void wallClockThatWentBack_addsNothing() {
    restart(wall.toEpochMilli() + 3_600_000, Map.of());
    assertThat(store.ticks().get(0).unheard().get(NS).get(X).graceMillis()).isZero();
  }

  @Test
  void laterStart_movesNothing() {
    restart(wall.toEpochMilli() - 3_000, Map.of(X, new Kept.Unheard(CLOCK - 9_000, 0)));
    assertThat(store.ticks().get(0).unheard().get(NS)).isEmpty();
    assertThat(listedAfter(Duration.ofMillis(900))).isTrue();
    assertThat(listedAfter(Duration.ofMillis(800))).isFalse();
  }

  @Test
  void firstBeat_isRememberedWithAClockThatIsNotAheadOfIt() {
    restart(wall.toEpochMilli(), Map.of());
    loop.advance(Duration.ofMillis(2_500));
    beat(lease("s"));
    loop.advance(Duration.ofMillis(2_000));
    List<LeaseTick> heard = store.ticks().stream().filter(tick -> !tick.heard().isEmpty()).toList();
    assertThat(heard).hasSize(1);
    assertThat(heard.get(0).heard()).isEqualTo(Map.of(NS, List.of(X)));
    assertThat(heard.get(0).clockMillis()).isBetween(CLOCK + 2_000, CLOCK + 3_600);
  }

  @Test
  void clock_isRememberedEverySecondWhileSomebodyIsUnheard() {
    restart(wall.toEpochMilli(), Map.of());
    int before = store.ticks().size();
    loop.advance(Duration.ofSeconds(4));
    assertThat(store.ticks().size() - before).isEqualTo(4);
    beat(lease("s"));
    loop.advance(Duration.ofSeconds(1));
    int calm = store.ticks().size();
    loop.advance(Duration.ofSeconds(20));
    assertThat(store.ticks().size() - calm).isEqualTo(4);
  }

  @Test
  void lapse_reachesTheLedgerAndItsRecordGoes() {
    restart(wall.toEpochMilli(), Map.of());
    assertThat(listedAfter(Duration.ofSeconds(11))).isFalse();
    assertThat(ledgers.catalog(NS).position().revision()).isEqualTo(2);
  }

  private void beat(LeaseKey lease) {
    var unused = liveness.leases().renew(NS, List.of(lease));
  }
}
