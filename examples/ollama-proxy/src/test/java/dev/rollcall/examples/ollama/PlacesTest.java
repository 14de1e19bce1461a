// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.examples.ollama.Places.Answer;
import dev.rollcall.examples.ollama.Places.Why;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class PlacesTest {
  private static final Gone STAYS =
      new Gone() {
        @Override
        public boolean isGone() {
          return false;
        }

        @Override
        public void onGone(Runnable task) {}
      };

  private final Places places = new Places(1, 100, Duration.ofSeconds(20));

  private static Backend backend(String id, String pulled, String loaded) {
    return new Backend(id, id + ":1", Models.of(Map.of("models", pulled, "loaded", loaded)));
  }

  private Places.Place granted(Answer answer) {
    assertThat(answer).isInstanceOf(Answer.Granted.class);
    return ((Answer.Granted) answer).place();
  }

  @Test
  void take_manyAtOnce_eachPlaceIsOnes_andAllAreServed() throws Exception {
    places.show(List.of(backend("a", "m", "m"), backend("b", "m", "")));
    Map<String, AtomicInteger> inside = new ConcurrentHashMap<>();
    AtomicInteger served = new AtomicInteger();
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int thread = 0; thread < 8; thread++) {
      all.add(
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 200; i++) {
                  try (Places.Place place = granted(places.take("m", Set.of(), STAYS))) {
                    AtomicInteger here =
                        inside.computeIfAbsent(place.backend.id(), id -> new AtomicInteger());
                    assertThat(here.incrementAndGet()).isEqualTo(1);
                    Thread.yield();
                    here.decrementAndGet();
                    served.incrementAndGet();
                  }
                }
              },
              task -> new Thread(task).start()));
    }
    for (CompletableFuture<Void> one : all) {
      one.get(30, TimeUnit.SECONDS);
    }
    assertThat(served).hasValue(1_600);
    assertThat(places.waiting()).isZero();
    assertThat(inside).containsOnlyKeys("a", "b");
  }

  @Test
  void take_loadedAndFree_thenPulledAndFree_thenNobodyIsLeftToTry() {
    places.show(List.of(backend("a", "m", ""), backend("b", "m", "m"), backend("c", "x", "x")));
    try (Places.Place first = granted(places.take("m", Set.of(), STAYS));
        Places.Place second = granted(places.take("m", Set.of(), STAYS))) {
      assertThat(first.backend.id()).isEqualTo("b");
      assertThat(first.route).isEqualTo("loaded");
      assertThat(second.backend.id()).isEqualTo("a");
      assertThat(second.route).isEqualTo("pulled");
    }
    assertThat(places.take("m", Set.of("a:1", "b:1"), STAYS))
        .isEqualTo(new Answer.None(Why.ALL_TRIED));
    assertThat(places.take("z", Set.of(), STAYS)).isEqualTo(new Answer.None(Why.NO_MODEL));
  }

  @Test
  void take_modelThatWasThereAMomentAgo_isWaitedFor() throws Exception {
    places.show(List.of(backend("a", "m", "")));
    places.show(List.of());
    var waiting = CompletableFuture.supplyAsync(() -> places.take("m", Set.of(), STAYS));
    await().atMost(Duration.ofSeconds(5)).until(() -> places.waiting() == 1);
    places.show(List.of(backend("b", "m", "")));
    try (Places.Place place = granted(waiting.get(5, TimeUnit.SECONDS))) {
      assertThat(place.backend.id()).isEqualTo("b");
      assertThat(place.route).startsWith("pulled; queued=");
    }
  }
}
