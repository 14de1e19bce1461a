// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many clients and few registries, without a network and without waiting. */
final class HomingTest {
  private static final Duration BEAT = Duration.ofSeconds(3);
  private static final int CLIENTS = 1_000;

  private final FakeLoop loop = new FakeLoop();
  private final Set<Integer> down = new HashSet<>();
  private final List<Client> clients = new ArrayList<>();

  /** How many came home, by the second in which they did. */
  private final Map<Long, Integer> returns = new HashMap<>();

  /** Beats every three seconds, and goes on when nobody answers. */
  private final class Client implements Homing.Home {
    final Homing homing;

    Client(int registries, Random random) {
      homing = new Homing(loop, registries, random, this);
      loop.schedule(Duration.ofNanos(random.nextLong(BEAT.toNanos())), this::beat);
    }

    private void beat() {
      boolean unanswered = down.contains(homing.current());
      if (unanswered) {
        homing.leave(homing.current());
      }
      loop.schedule(unanswered ? Duration.ofMillis(100) : BEAT, this::beat);
    }

    @Override
    public void ask(int index, Consumer<Boolean> works) {
      works.accept(!down.contains(index));
    }

    @Override
    public void reached() {
      returns.merge(Duration.ofNanos(loop.nanoTime()).toSeconds(), 1, Integer::sum);
    }
  }

  private void start(int registries, long seed) {
    var random = new Random(seed);
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(new Client(registries, random));
    }
  }

  private long at(int registry) {
    return clients.stream().filter(client -> client.homing.current() == registry).count();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void twoRegistries_oneAwayAndBack_spreadWithinAMinute(long seed) {
    start(2, seed);
    assertThat(at(0)).as("at the start").isBetween(400L, 600L);
    down.add(0);
    loop.pass(Duration.ofMinutes(2));
    assertThat(at(0)).as("while it is away").isZero();
    assertThat(returns).isEmpty();
    down.clear();
    loop.pass(Duration.ofSeconds(30));
    assertThat(at(0)).as("after it came back").isBetween(400L, 600L);
    assertThat(returns.values()).as("by the second").allMatch(count -> count < 80);
  }

  @Test
  void threeRegistries_oneAway_theOthersShareItsClients() {
    start(3, 7);
    long before = at(1);
    long lost = at(0);
    down.add(0);
    loop.pass(Duration.ofSeconds(10));
    assertThat(at(1) - before).isBetween(lost * 4 / 10, lost * 6 / 10);
  }

  @Test
  void rollingRestart_endsSpread() {
    start(2, 9);
    for (int registry = 0; registry < 2; registry++) {
      down.add(registry);
      loop.pass(Duration.ofSeconds(20));
      down.clear();
    }
    loop.pass(Duration.ofSeconds(60));
    assertThat(at(0)).isBetween(400L, 600L);
  }

  @Test
  void leave_oneThatIsNotInUse_changesNothing() {
    start(2, 5);
    Homing homing = clients.get(0).homing;
    int used = homing.current();
    homing.leave(1 - used);
    assertThat(homing.current()).isEqualTo(used);
  }

  @Test
  void oneRegistry_isItsOwnNext() {
    start(1, 5);
    down.add(0);
    loop.pass(Duration.ofSeconds(10));
    assertThat(clients).allMatch(client -> client.homing.current() == 0);
    assertThat(returns).isEmpty();
  }
}
