// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import static dev.rollcall.server.store.Samples.append;
import static dev.rollcall.server.store.Samples.key;
import static dev.rollcall.server.store.Samples.put;
import static dev.rollcall.server.store.Samples.remove;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.store.Store.Append;
import dev.rollcall.server.store.Store.Failure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What every store promises about leases, and over long random histories. */
public abstract class StoreHistoryContract extends StoreContract {
  private static final int HISTORIES = 20;
  private static final int ROUNDS = 25;
  private static final List<String> NAMESPACES = List.of("a", "b", "c");

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
    store().remember(new LeaseTick(100, 1_000, Map.of(), Map.of()));
    store().remember(new LeaseTick(200, 2_000, Map.of(), Map.of()));
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
    store().remember(unheard(1, "shop", "a", "b"));
    store().remember(unheard(2, "shop", "c", "d"));
    store().remember(heard(3, "shop", "a", "d"));
    Kept kept = restart();
    assertThat(kept.clockMillis()).isEqualTo(3);
    assertThat(namespace(kept, "shop").unheard())
        .isEqualTo(Map.of(key("b"), SINCE, key("c"), SINCE));
    store().remember(unheard(4, "shop", "a"));
    store().remember(heard(5, "shop", "b"));
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
    store().remember(both);
    assertThat(namespace(restart(), "shop").unheard()).isEmpty();
  }

  @Test
  void remember_ofNothingListed_keepsTheClockOnly() {
    start();
    commit("shop", 0, put(key("a"), "1"));
    store().remember(unheard(7, "shop", "unknown"));
    store().remember(unheard(8, "nowhere", "a"));
    Kept kept = restart();
    assertThat(kept.clockMillis()).isEqualTo(8);
    assertThat(kept.namespaces()).hasSize(1);
    assertThat(namespace(kept, "shop").unheard()).isEmpty();
  }

  @Test
  void append_removal_takesTheUnheardLeaseWithIt() {
    start();
    commit("shop", 0, put(key("a"), "1"));
    store().remember(unheard(1, "shop", "a"));
    commit("shop", 1, remove(key("a")));
    commit("shop", 0, put(key("a"), "2"));
    assertThat(namespace(restart(), "shop").unheard()).isEmpty();
  }

  @Test
  void append_randomHistories_restartsShowTheFold() {
    for (long seed = 1; seed <= HISTORIES; seed++) {
      new History(seed).run();
    }
  }

  /** A model of three namespaces beside the store, each folded from what the feed brought. */
  private final class History {
    private final long seed;
    private final Random random;
    private final Map<String, Catalog> model = new TreeMap<>();
    private final Map<String, List<Commit>> logs = new TreeMap<>();
    private final Map<String, Integer> told = new TreeMap<>();

    History(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
    }

    void run() {
      // namespaces of its own, so that histories share one store and still begin at nothing
      begin();
      for (int round = 0; round < ROUNDS; round++) {
        round();
        if (random.nextInt(6) == 0) {
          compare(restart());
          told.clear();
        }
      }
      compare(restart());
      store().close();
    }

    private void begin() {
      start();
      for (String name : NAMESPACES) {
        model.put(name + seed, Catalog.unborn(name + seed));
        logs.put(name + seed, new ArrayList<>());
      }
    }

    private void round() {
      Set<String> underWay = new HashSet<>();
      Map<Append, Boolean> appends = new HashMap<>();
      for (int i = 0; i < 1 + random.nextInt(24); i++) {
        String namespace = NAMESPACES.get(random.nextInt(NAMESPACES.size())) + seed;
        InstanceKey key = new InstanceKey("s" + random.nextInt(4), "i" + random.nextInt(5));
        if (underWay.add(namespace + " " + key)) {
          boolean stale = random.nextInt(8) == 0;
          Append append = next(namespace, key, stale);
          appends.put(append, stale);
          store().append(append);
        }
      }
      appends.forEach(
          (append, stale) ->
              assertThat(feed().answer(append).failure())
                  .as("seed %d, %s", seed, append)
                  .isEqualTo(stale ? Failure.CONFLICT : null));
      fold();
    }

    private Append next(String namespace, InstanceKey key, boolean stale) {
      Registration now = model.get(namespace).find(key);
      long expected = now == null ? 0 : now.revision();
      Change change =
          now != null && random.nextInt(3) == 0
              ? remove(key)
              : put(key, "v" + random.nextInt(1_000));
      return append(namespace, stale ? expected + 1 : expected, change);
    }

    private void fold() {
      for (String namespace : model.keySet()) {
        List<Commit> all = feed().commits(namespace);
        for (Commit commit : all.subList(told.getOrDefault(namespace, 0), all.size())) {
          Catalog before = model.get(namespace);
          assertThat(commit.revision())
              .as("seed %d, %s", seed, namespace)
              .isEqualTo(before.position().revision() + 1);
          model.put(namespace, commit.change().applyTo(before, commit.position()));
          logs.get(namespace).add(commit);
        }
        told.put(namespace, all.size());
      }
    }

    private void compare(Kept kept) {
      for (Map.Entry<String, Catalog> entry : model.entrySet()) {
        if (entry.getValue().position().revision() == 0) {
          continue;
        }
        Kept.Namespace found = namespace(kept, entry.getKey());
        Catalog expected = entry.getValue();
        Catalog catalog = found.catalog();
        String what = "seed " + seed + ", " + entry.getKey();
        assertThat(catalog.position()).as(what).isEqualTo(expected.position());
        assertThat(records(catalog)).as(what).isEqualTo(records(expected));
        assertThat(catalog.held()).as(what).isEqualTo(expected.held());
        assertThat(catalog.instances()).as(what).isEqualTo(expected.instances());
        assertThat(found.log()).as(what).isEqualTo(logs.get(entry.getKey()));
      }
    }

    private static List<Registration> records(Catalog catalog) {
      List<Registration> all = new ArrayList<>();
      for (ServiceView service : catalog.services().values()) {
        all.addAll(service.instances().values());
      }
      return all;
    }
  }
}
