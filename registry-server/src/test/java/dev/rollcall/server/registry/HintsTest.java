// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import static dev.rollcall.server.testing.Samples.NOON;
import static dev.rollcall.server.testing.Samples.instance;
import static dev.rollcall.server.testing.Samples.lease;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.grpc.Wire;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.registry.Hints.End;
import dev.rollcall.server.telemetry.Meters;
import dev.rollcall.server.testing.FakeLoop;
import dev.rollcall.server.testing.FakeStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the end of a heartbeat stream leads to, with leases of 10 s on a fake clock. */
final class HintsTest {
  private static final String NS = "default";

  private static final Losses.Settings PROTECTION =
      new Losses.Settings(0.3, Duration.ofSeconds(60), Duration.ofMinutes(10));

  private final FakeLoop loop = new FakeLoop();
  private final FakeStore store = new FakeStore();
  private final List<InstanceKey> hurried = new ArrayList<>();
  private final Liveness liveness = new Liveness(loop, () -> NOON, PROTECTION, new Meters());
  private final Ledgers ledgers =
      new Ledgers(loop, store, new Wire(), () -> NOON, new Random(1), liveness, new Meters());
  private final Hints hints =
      new Hints(
          loop,
          ledgers,
          liveness.leases(),
          liveness.losses(),
          (namespace, key) -> hurried.add(key),
          Duration.ofSeconds(10));

  @BeforeEach
  void open() {
    store.feed(ledgers);
    liveness.open(store.load(), store, ledgers, NoProbes.share(ledgers));
    var unused = ledgers.open(store.load());
    loop.run();
    liveness.start();
    loop.run();
  }

  private void register(String id, boolean probed) {
    Instance plain = instance("a", id, 1);
    HealthCheck check =
        probed
            ? new HealthCheck(
                new HealthCheck.Tcp(""),
                Duration.ofSeconds(5),
                Duration.ofSeconds(1),
                2,
                1,
                Duration.ZERO)
            : null;
    Instance instance =
        new Instance(
            "a",
            id,
            plain.address(),
            Map.of(),
            "",
            "",
            100,
            Map.of(),
            List.of(),
            Duration.ofSeconds(10),
            check,
            false);
    var unused =
        ledgers.submit(NS, new Command.Register(instance, lease(id), OptionalLong.empty(), "c"));
    hints.opened();
    settle();
  }

  @Test
  void lostAndUpdatedByItsOwner_servesAgainWithTheNextBeat() {
    register("y", false);
    end("y", End.LOST);
    loop.advance(Duration.ofMillis(2_100));
    settle();
    var unused =
        ledgers.submit(
            NS, new Command.Register(updated("y"), lease("y"), OptionalLong.empty(), "c"));
    settle();
    beat(lease("y"));
    settle();
    assertThat(find("y").status()).isEqualTo(Status.SERVING);
  }

  /** Another version at the same address: what is known of its health stays. */
  private static Instance updated(String id) {
    Instance plain = instance("a", id, 1);
    return new Instance(
        plain.service(),
        plain.id(),
        plain.address(),
        plain.endpoints(),
        "v2",
        plain.zone(),
        plain.weight(),
        plain.metadata(),
        plain.requires(),
        plain.leaseTtl(),
        null,
        false);
  }

  private void settle() {
    loop.run();
    store.commit();
    loop.run();
  }

  private void end(String id, End how) {
    hints.ended(NS, List.of(lease(id)), how);
    loop.run();
  }

  private Registration find(String id) {
    return ledgers.catalog(NS).find(new InstanceKey("a", id));
  }

  @Test
  void goodbye_saysNothing() {
    register("x", true);
    register("y", false);
    end("x", End.GOODBYE);
    end("y", End.GOODBYE);
    loop.advance(Duration.ofSeconds(3));
    settle();
    assertThat(hurried).isEmpty();
    assertThat(find("y").status()).isEqualTo(Status.SERVING);
  }

  @Test
  void anyOtherEnd_hastensTheProbe() {
    register("x", true);
    register("z", true);
    end("x", End.LOST);
    end("z", End.ENDED);
    assertThat(hurried).containsExactly(new InstanceKey("a", "x"), new InstanceKey("a", "z"));
  }

  @Test
  void lostWithoutACheck_stopsServingAfter2sAndServesAgainWhenHeard() {
    register("y", false);
    end("y", End.LOST);
    loop.advance(Duration.ofMillis(1_900));
    settle();
    assertThat(find("y").status()).isEqualTo(Status.SERVING);
    loop.advance(Duration.ofMillis(200));
    settle();
    assertThat(find("y").status()).isEqualTo(Status.NOT_SERVING);
    assertThat(find("y").cause().kind()).isEqualTo(Cause.Kind.CONNECTION_LOST);
    assertThat(find("y").cause().text()).contains("2.0 s ago");
    beat(lease("y"));
    settle();
    assertThat(find("y").status()).isEqualTo(Status.SERVING);
    assertThat(find("y").cause().kind()).isEqualTo(Cause.Kind.HEARD_AGAIN);
  }

  @Test
  void lostButHeardElsewhere_keepsServing() {
    register("y", false);
    end("y", End.LOST);
    loop.advance(Duration.ofSeconds(1));
    beat(lease("y"));
    loop.advance(Duration.ofSeconds(2));
    settle();
    assertThat(find("y").status()).isEqualTo(Status.SERVING);
  }

  @Test
  void cancelledWithoutACheck_keepsServing() {
    register("y", false);
    end("y", End.ENDED);
    loop.advance(Duration.ofSeconds(3));
    settle();
    assertThat(find("y").status()).isEqualTo(Status.SERVING);
  }

  @Test
  void overdueAnyway_isLeftToTheLease() {
    register("x", true);
    register("y", false);
    loop.advance(Duration.ofSeconds(6));
    end("x", End.LOST);
    end("y", End.LOST);
    loop.advance(Duration.ofSeconds(3));
    settle();
    assertThat(hurried).isEmpty();
    assertThat(find("y").status()).isEqualTo(Status.SERVING);
  }

  @Test
  void manyTogether_areTheNetworksDoing() {
    for (int i = 0; i < 60; i++) {
      register("y" + i, false);
    }
    for (int i = 0; i < 30; i++) {
      end("y" + i, End.LOST);
    }
    loop.advance(Duration.ofSeconds(3));
    settle();
    for (int i = 0; i < 60; i++) {
      assertThat(find("y" + i).status()).isEqualTo(Status.SERVING);
    }
  }

  @Test
  void afterAnOutageOfTheRegistry_whoCanBeAskedIs_andNobodyElseIsMarked() {
    register("x", true);
    register("y", false);
    loop.freeze(Duration.ofSeconds(4));
    end("x", End.LOST);
    end("y", End.LOST);
    assertThat(hurried).containsExactly(new InstanceKey("a", "x"));
    loop.advance(Duration.ofMillis(2_100));
    settle();
    assertThat(find("y").status()).isEqualTo(Status.SERVING);
    for (int i = 0; i < 4; i++) {
      loop.advance(Duration.ofSeconds(3));
      beat(lease("x"));
      beat(lease("y"));
    }
    end("y", End.LOST);
    loop.advance(Duration.ofMillis(2_100));
    settle();
    assertThat(find("y").status()).isEqualTo(Status.NOT_SERVING);
  }

  @Test
  void outageWhileALostConnectionMayComeBack_marksNobody() {
    register("y", false);
    end("y", End.LOST);
    loop.freeze(Duration.ofSeconds(3));
    loop.advance(Duration.ofMillis(100));
    settle();
    assertThat(find("y").status()).isEqualTo(Status.SERVING);
  }

  @Test
  void statusThatOthersChange_leavesTheLeaseAlone() {
    register("y", false);
    end("y", End.LOST);
    loop.advance(Duration.ofMillis(2_100));
    settle();
    assertThat(find("y").status()).isEqualTo(Status.NOT_SERVING);
    // silent since its last beat: the lease ends as if nothing had happened
    loop.advance(Duration.ofSeconds(7));
    settle();
    assertThat(find("y")).isNotNull();
    loop.advance(Duration.ofMillis(1_500));
    settle();
    assertThat(find("y")).isNull();
  }

  private void beat(LeaseKey lease) {
    var unused = liveness.leases().renew(NS, List.of(lease));
  }
}
