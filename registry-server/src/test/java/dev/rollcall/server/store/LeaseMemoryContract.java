// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import static dev.rollcall.server.store.Samples.key;
import static dev.rollcall.server.store.Samples.put;
import static dev.rollcall.server.store.Samples.remove;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.InstanceKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a store of a single server promises about leases, beside what every store promises. */
public abstract class LeaseMemoryContract extends StoreHistoryContract {
  private static final Kept.Unheard SINCE = new Kept.Unheard(1_000, 150_000);

  private static LeaseTick unheard(long clock, String namespace, String... ids) {
    Map<InstanceKey, Kept.Unheard> leases = new HashMap<>();
    for (String id : ids) {
      leases.put(key(id), SINCE);
    }
    return new LeaseTick(clock, clock + 5, Map.of(namespace, leases), Map.of());
  }

  private static LeaseTick heard(long clock, String namespace, String... ids) {
    return new LeaseTick(
        clock,
        clock + 5,
        Map.of(),
        Map.of(namespace, List.of(ids).stream().map(Samples::key).toList()));
  }

  @Test
  void remember_clock_theNewestIsKept() {
    start();
    remember(new LeaseTick(100, 1_000, Map.of(), Map.of()));
    remember(new LeaseTick(200, 2_000, Map.of(), Map.of()));
    Kept kept = restart();
    assertThat(kept.clockMillis()).isEqualTo(200);
    assertThat(kept.clockWallMillis()).isEqualTo(2_000);
    assertThat(restart()).isEqualTo(kept);
  }

  @Test
  void remember_manyTicks_theirLeasesAddUp() {
    start();
    for (String id : List.of("a", "b", "c", "d")) {
      commit("shop", 0, put(key(id), "1"));
    }
    remember(unheard(1, "shop", "a", "b"));
    remember(unheard(2, "shop", "c", "d"));
    remember(heard(3, "shop", "a", "d"));
    Kept kept = restart();
    assertThat(kept.clockMillis()).isEqualTo(3);
    assertThat(namespace(kept, "shop").unheard())
        .isEqualTo(Map.of(key("b"), SINCE, key("c"), SINCE));
    remember(unheard(4, "shop", "a"));
    remember(heard(5, "shop", "b"));
    assertThat(namespace(restart(), "shop").unheard())
        .isEqualTo(Map.of(key("a"), SINCE, key("c"), SINCE));
  }

  @Test
  void remember_oneTick_heardWinsOverUnheard() {
    start();
    commit("shop", 0, put(key("a"), "1"));
    LeaseTick both =
        new LeaseTick(
            1, 1, Map.of("shop", Map.of(key("a"), SINCE)), Map.of("shop", List.of(key("a"))));
    remember(both);
    assertThat(namespace(restart(), "shop").unheard()).isEmpty();
  }

  @Test
  void remember_ofNothingListed_keepsTheClockOnly() {
    start();
    commit("shop", 0, put(key("a"), "1"));
    remember(unheard(7, "shop", "unknown"));
    remember(unheard(8, "nowhere", "a"));
    Kept kept = restart();
    assertThat(kept.clockMillis()).isEqualTo(8);
    assertThat(kept.namespaces()).hasSize(1);
    assertThat(namespace(kept, "shop").unheard()).isEmpty();
  }

  @Test
  void append_removal_takesTheUnheardLeaseWithIt() {
    start();
    commit("shop", 0, put(key("a"), "1"));
    remember(unheard(1, "shop", "a"));
    commit("shop", 1, remove(key("a")));
    commit("shop", 0, put(key("a"), "2"));
    assertThat(namespace(restart(), "shop").unheard()).isEmpty();
  }

  @Test
  void remember_afterClose_isDropped() {
    start();
    store().close();
    remember(new LeaseTick(1, 1, Map.of(), Map.of()));
    assertThat(start().clockMillis()).isZero();
  }

  /** Remembers in the store under test. */
  protected final void remember(LeaseTick tick) {
    ((LeaseMemory) store()).remember(tick);
  }
}
