// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.registry.Lookup;
import dev.rollcall.server.telemetry.Meters;
import dev.rollcall.server.testing.Samples;
import dev.rollcall.server.watch.BodyCache;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Where bodies are encoded, and how often. */
final class AnswersTest {
  private final Queue<Runnable> pool = new ArrayDeque<>();
  private final BodyCache bodies = new BodyCache(32 << 20);
  private final Answers answers =
      new Answers(
          pool::add,
          bodies,
          () -> Samples.NOON,
          new ServerFacts(
              "1",
              "embedded",
              () -> true,
              List::of,
              () -> "a:1",
              List::of,
              Samples.NOON,
              new Meters()));

  private CompletableFuture<Outcome<Object>> get(Catalog catalog) {
    ServiceView service = Objects.requireNonNull(catalog.service("a"));
    return answers.get(new Outcome.Done<>(new Lookup.Found(catalog, service, false)), View.USABLE);
  }

  private static Catalog catalog(int instances, int addressBytes) {
    Catalog catalog = Catalog.empty("default", new Position("e", 0, 1));
    for (int i = 0; i < instances; i++) {
      Instance plain = Samples.instance("a", "i" + i, 1);
      Instance padded =
          new Instance(
              plain.service(),
              plain.id(),
              "x".repeat(addressBytes),
              plain.endpoints(),
              plain.version(),
              plain.zone(),
              plain.weight(),
              plain.metadata(),
              plain.requires(),
              plain.leaseTtl(),
              null,
              false);
      catalog =
          catalog.with(
              Samples.registration(padded, "secret", Status.SERVING).at(i + 1),
              new Position("e", i + 1, 1));
    }
    return catalog;
  }

  @Test
  void get_aSmallService_isAnsweredAtOnce() {
    assertThat(get(catalog(200, 10)).join()).isInstanceOf(Outcome.Done.class);
    assertThat(pool).isEmpty();
  }

  @Test
  void get_aLargeService_isEncodedOnThePoolOnce() {
    Catalog catalog = catalog(201, 10);
    CompletableFuture<Outcome<Object>> first = get(catalog);
    assertThat(first).isNotDone();
    pool.remove().run();
    assertThat(first.join()).isInstanceOf(Outcome.Done.class);
    assertThat(get(catalog).join()).isInstanceOf(Outcome.Done.class);
    assertThat(pool).isEmpty();
  }

  @Test
  void get_aServiceBeyondOneAnswer_isRefusedFromMemory() {
    Catalog catalog = catalog(300, 16 << 10);
    CompletableFuture<Outcome<Object>> first = get(catalog);
    pool.remove().run();
    assertRefused(first);
    assertRefused(get(catalog));
    assertThat(pool).isEmpty();
  }

  private static void assertRefused(CompletableFuture<Outcome<Object>> answer) {
    assertThat(answer.join())
        .isInstanceOfSatisfying(
            Outcome.Refused.class,
            refused -> assertThat(refused.why().reason()).isEqualTo(Reason.ANSWER_TOO_LARGE));
  }
}
