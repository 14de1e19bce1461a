// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class RotationTest {
  static LongStream seeds() {
    return LongStream.rangeClosed(1, 50);
  }

  private static List<Integer> taken(double[] weights, int turns) {
    var rotation = new Rotation(weights);
    var turn = new AtomicLong();
    List<Integer> taken = new ArrayList<>();
    for (int i = 0; i < turns; i++) {
      taken.add(rotation.next(turn));
    }
    return taken;
  }

  @Test
  void alike_oneAfterTheOther() {
    assertThat(taken(new double[] {7, 7, 7}, 6)).containsExactly(0, 1, 2, 0, 1, 2);
  }

  @Test
  void oneHeavier_isSpreadOut_notInARow() {
    List<Integer> taken = taken(new double[] {1, 3, 1, 1}, 600);
    assertThat(taken.stream().filter(i -> i == 1).count()).isBetween(299L, 301L);
    for (int i = 0; i + 4 < taken.size(); i++) {
      assertThat(taken.subList(i, i + 5)).as("from " + i).contains(1);
      assertThat(taken.subList(i, i + 5).stream().filter(one -> one == 1).count())
          .as("from " + i)
          .isLessThanOrEqualTo(4);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1_000_003, (1L << 40) - 100, Long.MAX_VALUE - 100, -50})
  void anyBeginning_isFair(long begin) {
    var rotation = new Rotation(new double[] {100, 200, 0});
    var turn = new AtomicLong(begin);
    int[] counts = new int[3];
    for (int i = 0; i < 300; i++) {
      counts[rotation.next(turn)]++;
    }
    assertThat(counts[0]).isBetween(95, 105);
    assertThat(counts[2]).isZero();
  }

  @Test
  void noWeightAtAll_isRefused() {
    assertThatThrownBy(() -> new Rotation(new double[] {0, 0}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: at least one above 0");
  }

  /** In any stretch each is taken as often as its weight says, but for a few. */
  @ParameterizedTest
  @MethodSource("seeds")
  void anyWeights_anyStretch_isFair(long seed) {
    var random = new Random(seed);
    double[] weights =
        random.ints(1 + random.nextInt(20), 0, 1_000).mapToDouble(weight -> weight).toArray();
    weights[0] += 1;
    double sum = Arrays.stream(weights).sum();
    List<Integer> taken = taken(weights, 5_000);
    for (int stretch : new int[] {100, 1_000, 5_000}) {
      int from = random.nextInt(taken.size() - stretch + 1);
      int[] counts = new int[weights.length];
      taken.subList(from, from + stretch).forEach(index -> counts[index]++);
      for (int i = 0; i < weights.length; i++) {
        double fair = stretch * weights[i] / sum;
        assertThat((double) counts[i])
            .as("seed %d, stretch %d, weight %s", seed, stretch, weights[i])
            .isCloseTo(fair, within(3 + fair * weights.length / stretch * 2));
        assertThat(weights[i] > 0 || counts[i] == 0).as("seed " + seed).isTrue();
      }
    }
  }

  /** Instances come, go and change their weights every few calls; the shares hold all the same. */
  @ParameterizedTest
  @MethodSource("seeds")
  void churn_sharesHold(long seed) {
    var random = new Random(seed);
    var turn = new AtomicLong(random.nextInt(1 << 20));
    double[] expected = new double[8];
    int[] counts = new int[8];
    for (int change = 0; change < 2_000; change++) {
      List<Integer> here = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        if (i == 0 || random.nextInt(4) > 0) {
          here.add(i);
        }
      }
      double[] weights =
          here.stream().mapToDouble(i -> i == 7 ? 0 : 1 + random.nextInt(3)).toArray();
      double sum = Arrays.stream(weights).sum();
      var rotation = new Rotation(weights);
      int calls = 1 + random.nextInt(10);
      for (int call = 0; call < calls; call++) {
        counts[here.get(rotation.next(turn))]++;
      }
      for (int i = 0; i < weights.length; i++) {
        expected[here.get(i)] += calls * weights[i] / sum;
      }
    }
    assertThat(counts[7]).isZero();
    for (int i = 0; i < 7; i++) {
      assertThat(counts[i] / expected[i]).as("seed %d, %d", seed, i).isCloseTo(1, within(0.15));
    }
  }

  @Test
  void manyThreads_areFairTogether() {
    var rotation = new Rotation(new double[] {1, 2, 5});
    var turn = new AtomicLong();
    var counts = new AtomicLongArray(3);
    Runnable caller =
        () -> {
          for (int i = 0; i < 20_000; i++) {
            counts.incrementAndGet(rotation.next(turn));
          }
        };
    CompletableFuture.allOf(
            CompletableFuture.runAsync(caller),
            CompletableFuture.runAsync(caller),
            CompletableFuture.runAsync(caller),
            CompletableFuture.runAsync(caller))
        .join();
    assertThat(counts.get(0)).isBetween(9_990L, 10_010L);
    assertThat(counts.get(2)).isBetween(49_990L, 50_010L);
  }
}
