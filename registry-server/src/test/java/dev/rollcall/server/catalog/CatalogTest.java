// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import static dev.rollcall.server.testing.Samples.instance;
import static dev.rollcall.server.testing.Samples.lease;
import static dev.rollcall.server.testing.Samples.registration;
import static dev.rollcall.server.testing.Samples.remove;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CatalogTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void apply_keepsRecordsCountsLeasesAndRevisionsInStep_inRandomHistories(long seed) {
    Random random = new Random(seed);
    Catalog catalog = Catalog.unborn("default");
    Map<InstanceKey, Registration> model = new HashMap<>();
    Map<String, Long> usableChanges = new HashMap<>();
    for (long revision = 1; revision <= 3_000; revision++) {
      Change change = change(random);
      Registration before = model.get(change.key());
      catalog = change.applyTo(catalog, new Position("e", revision, random.nextLong()));
      boolean seen = before != null && before.usable();
      if (change instanceof Change.Put put) {
        model.put(change.key(), put.registration().at(revision));
        seen |= put.registration().usable();
      } else {
        model.remove(change.key());
      }
      if (seen) {
        usableChanges.put(change.key().service(), revision);
      }
      if (revision % 100 == 0) {
        check(seed, catalog, model, usableChanges);
      }
    }
  }

  @Test
  void without_whatIsNotThere_onlyMovesThePosition() {
    Catalog before = Catalog.unborn("default");
    Catalog after = remove("a", "x").applyTo(before, new Position("e", 1, 1));
    assertThat(after.services()).isEmpty();
    assertThat(after.position().revision()).isEqualTo(1);
  }

  @Test
  void of_isWhatComesOfAddingOneByOneInOrder() {
    Random random = new Random(6);
    Position head = new Position("e", 1_000, 7);
    Map<InstanceKey, Registration> newest = new HashMap<>();
    for (long revision = 1; revision <= 1_000; revision++) {
      if (change(random) instanceof Change.Put put) {
        newest.remove(put.key());
        newest.put(put.key(), put.registration().at(revision));
      }
    }
    Catalog oneByOne = Catalog.empty("default", head);
    List<Registration> ordered = new ArrayList<>(newest.values());
    ordered.sort(Comparator.comparingLong(Registration::revision));
    for (Registration record : ordered) {
      oneByOne = oneByOne.with(record, new Position("e", record.revision(), 0));
    }
    Catalog atOnce = Catalog.of("default", head, newest.values());
    assertThat(atOnce).isEqualTo(oneByOne.at(head));
    assertThat(atOnce.heldBy(ordered.get(0).lease())).contains(ordered.get(0).key());
    assertThat(Catalog.of("default", head, List.of())).isEqualTo(Catalog.empty("default", head));
  }

  @Test
  void find_neverMatchesAPrefix() {
    Catalog catalog =
        new Change.Put(registration(instance("product", "p1", 1), "s", Status.SERVING))
            .applyTo(Catalog.unborn("default"), new Position("e", 1, 1));
    assertThat(catalog.service("prod")).isNull();
    assertThat(catalog.find(new InstanceKey("product", "p"))).isNull();
  }

  private static void check(
      long seed,
      Catalog catalog,
      Map<InstanceKey, Registration> model,
      Map<String, Long> usableChanges) {
    Map<InstanceKey, Registration> found = new HashMap<>();
    for (ServiceView service : catalog.services().values()) {
      Map<Status, Integer> counts = new HashMap<>();
      int usable = 0;
      for (Registration registration : service.instances().values()) {
        found.put(registration.key(), registration);
        counts.merge(registration.status(), 1, Integer::sum);
        usable += registration.usable() ? 1 : 0;
      }
      assertThat(service.usable()).as("seed %d", seed).isEqualTo(usable);
      assertThat(service.counts())
          .as("seed %d", seed)
          .isEqualTo(
              new Counts(
                  counts.getOrDefault(Status.STARTING, 0),
                  counts.getOrDefault(Status.SERVING, 0),
                  counts.getOrDefault(Status.NOT_SERVING, 0),
                  counts.getOrDefault(Status.DRAINING, 0)));
      assertThat(service.instances()).isNotEmpty();
      if (service.usable() > 0) {
        assertThat(service.revision(View.USABLE))
            .as("seed %d, %s", seed, service.name())
            .isEqualTo(usableChanges.get(service.name()));
      }
    }
    assertThat(found).as("seed %d", seed).isEqualTo(model);
    assertThat(catalog.instances()).as("seed %d", seed).isEqualTo(model.size());
    Map<LeaseKey, Set<InstanceKey>> held = new HashMap<>();
    model.values().forEach(r -> held.computeIfAbsent(r.lease(), l -> new HashSet<>()).add(r.key()));
    assertThat(new HashSet<>(catalog.held().keySet())).as("seed %d", seed).isEqualTo(held.keySet());
    held.forEach((lease, keys) -> assertThat(catalog.heldBy(lease)).isEqualTo(keys));
    assertThat(catalog.heldBy(lease("nobody"))).isEmpty();
  }

  private static Change change(Random random) {
    String service = "s" + random.nextInt(3);
    String id = "i" + random.nextInt(8);
    if (random.nextInt(3) == 0) {
      return remove(service, id);
    }
    Status status = Status.values()[random.nextInt(Status.values().length)];
    return new Change.Put(
        registration(
            instance(service, id, 1 + random.nextInt(9)), "l" + random.nextInt(5), status));
  }
}
