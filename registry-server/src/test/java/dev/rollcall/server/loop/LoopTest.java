// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The promises of a Loop, held by each kind of it. */
final class LoopTest {
  private static final ExecutorService POOL = Executors.newFixedThreadPool(4);
  private static final ThreadLoop CLOCK = new ThreadLoop("test-clock");

  static Stream<Arguments> loops() {
    return Stream.of(
        Arguments.of("thread", new ThreadLoop("test-loop")),
        Arguments.of("serial", new SerialLoop(POOL, CLOCK)));
  }

  @AfterAll
  static void stop() {
    POOL.shutdownNow();
    CLOCK.close();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("loops")
  void tasks_runOneAfterAnotherInOrder(String kind, Loop loop) throws Exception {
    int threads = 4;
    int each = 5_000;
    List<Integer> ran = new ArrayList<>(); // not safe: only the loop may touch it
    CountDownLatch done = new CountDownLatch(threads * each);
    for (int thread = 0; thread < threads; thread++) {
      int first = thread * each;
      POOL.execute(
          () ->
              IntStream.range(first, first + each)
                  .forEach(
                      number ->
                          loop.execute(
                              () -> {
                                loop.assertInside();
                                ran.add(number);
                                done.countDown();
                              })));
    }
    assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(ran).doesNotHaveDuplicates().hasSize(threads * each);
    for (int thread = 0; thread < threads; thread++) {
      int first = thread * each;
      assertThat(ran).filteredOn(number -> number / each == first / each).isSorted();
    }
    loop.close();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("loops")
  void failingTask_doesNotEndTheLoop(String kind, Loop loop) {
    CompletableFuture<String> after = new CompletableFuture<>();
    loop.execute(
        () -> {
          throw new IllegalArgumentException("on purpose");
        });
    loop.execute(() -> after.complete("alive"));
    assertThat(after.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo("alive");
    loop.close();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("loops")
  void timers_runInTheOrderOfTheirTimesAndCanBeCancelled(String kind, Loop loop) {
    CompletableFuture<List<String>> ran = new CompletableFuture<>();
    List<String> order = new ArrayList<>();
    loop.schedule(
        Duration.ofMillis(60),
        () -> {
          order.add("last");
          ran.complete(order);
        });
    Loop.Timer cancelled = loop.schedule(Duration.ofMillis(40), () -> order.add("cancelled"));
    loop.schedule(Duration.ofMillis(20), () -> order.add("first"));
    cancelled.cancel();
    assertThat(ran.orTimeout(10, TimeUnit.SECONDS).join()).containsExactly("first", "last");
    loop.close();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("loops")
  void stranger_isRefused(String kind, Loop loop) {
    assertThatThrownBy(loop::assertInside).isInstanceOf(IllegalStateException.class);
    loop.close();
  }
}
