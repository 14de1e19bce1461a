// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

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

/** What every store promises over long random histories. */
public abstract class StoreHistoryContract extends SettingsContract {
  private static final int HISTORIES = 20;
  private static final int ROUNDS = 25;
  private static final List<String> NAMESPACES = List.of("a", "b", "c");

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
