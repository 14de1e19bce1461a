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
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.store.Store.Append;
import dev.rollcall.server.store.Store.Failure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What every store promises, whatever keeps it. One test, one promise. */
public abstract class StoreContract {
  private Store store;
  private RecordingFeed feed;

  /** Opens the store of the present test: empty the first time, after a close what was kept. */
  protected abstract Store open();

  /** The log of the store under test. */
  protected abstract EventLog events();

  /** Opens, loads and follows. */
  protected final Kept start() {
    store = open();
    Kept kept = store.load();
    feed = new RecordingFeed(kept);
    store.feed(feed);
    return kept;
  }

  /** Closes, and starts again with what was kept. */
  protected final Kept restart() {
    store.close();
    return start();
  }

  /** The store under test. */
  protected final Store store() {
    return store;
  }

  /** What came back since the last start. */
  protected final RecordingFeed feed() {
    return feed;
  }

  @AfterEach
  final void closeStore() {
    if (store != null) {
      store.close();
    }
  }

  /** A change decided on what came back so far. */
  protected final Append append(String namespace, long expected, Change change) {
    return Samples.append(feed.view(namespace).position(), namespace, expected, change);
  }

  /** Appends and waits for the commit. */
  protected final Commit commit(String namespace, long expected, Change change) {
    Append append = append(namespace, expected, change);
    store.append(append);
    RecordingFeed.Answer answer = feed.answer(append);
    assertThat(answer.failure()).as("failure of %s", append).isNull();
    return answer.commit();
  }

  /** Appends and waits for the failure. */
  protected final Failure failure(Append append) {
    store.append(append);
    return feed.answer(append).failure();
  }

  protected static Kept.Namespace namespace(Kept kept, String name) {
    return kept.namespaces().stream()
        .filter(n -> n.catalog().namespace().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no namespace " + name));
  }

  @Test
  void load_newStore_isEmpty() {
    Kept kept = start();
    assertThat(kept.namespaces()).isEmpty();
    assertThat(kept.clockMillis()).isZero();
    assertThat(kept.clockWallMillis()).isZero();
  }

  @Test
  void append_first_bearsTheNamespace() {
    start();
    Append append = append("shop", 0, put(key("a"), "1"));
    store.append(append);
    Commit commit = feed.answer(append).commit();
    assertThat(commit.position().epoch()).matches("[a-z2-7]{12}");
    assertThat(commit.position().revision()).isEqualTo(1);
    assertThat(commit.position().nonce()).isEqualTo(append.nonce());
    assertThat(commit.usableBefore()).isFalse();
    Registration sent = ((Change.Put) append.change()).registration();
    assertThat(commit.change()).isEqualTo(new Change.Put(sent.at(1)));
  }

  @Test
  void append_namespacesInterleaved_eachCountsFromOne() {
    start();
    List<Append> appends = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      for (String namespace : List.of("a", "b", "c")) {
        appends.add(append(namespace, 0, put(key("i" + i), "1")));
      }
    }
    appends.forEach(store::append);
    appends.forEach(feed::answer);
    for (String namespace : List.of("a", "b", "c")) {
      List<Commit> commits = feed.commits(namespace);
      assertThat(commits).extracting(Commit::revision).containsExactlyElementsOf(upTo(50));
      assertThat(commits).extracting(c -> c.position().epoch()).containsOnly(epoch(namespace));
      assertThat(commits)
          .extracting(c -> c.position().nonce())
          .containsExactlyElementsOf(
              appends.stream()
                  .filter(a -> a.namespace().equals(namespace))
                  .map(Append::nonce)
                  .toList());
    }
    assertThat(epoch("a")).isNotEqualTo(epoch("b"));
  }

  private String epoch(String namespace) {
    return feed.commits(namespace).get(0).position().epoch();
  }

  private static List<Long> upTo(long last) {
    return LongStream.rangeClosed(1, last).boxed().toList();
  }

  @Test
  void append_staleExpected_isAConflictAndTakesNoNumber() {
    start();
    commit("shop", 0, put(key("a"), "1"));
    commit("shop", 1, put(key("a"), "2"));
    assertThat(failure(append("shop", 0, put(key("a"), "3")))).isEqualTo(Failure.CONFLICT);
    assertThat(failure(append("shop", 1, put(key("a"), "3")))).isEqualTo(Failure.CONFLICT);
    assertThat(failure(append("shop", 1, remove(key("a"))))).isEqualTo(Failure.CONFLICT);
    assertThat(failure(append("shop", 0, remove(key("a"))))).isEqualTo(Failure.CONFLICT);
    assertThat(failure(append("shop", 2, put(key("b"), "1")))).isEqualTo(Failure.CONFLICT);
    assertThat(commit("shop", 2, put(key("a"), "3")).revision()).isEqualTo(3);
  }

  @Test
  void append_conflictAmongOthers_onlyThatOneFails() {
    start();
    commit("shop", 0, put(key("a"), "1"));
    List<Append> good = new ArrayList<>();
    List<Append> bad = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      good.add(append("shop", 0, put(key("i" + i), "1")));
      bad.add(append("shop", 77, put(key("a"), "x")));
    }
    for (int i = 0; i < 100; i++) {
      store.append(bad.get(i));
      store.append(good.get(i));
    }
    assertThat(good).allMatch(a -> feed.answer(a).failure() == null);
    assertThat(bad).allMatch(a -> feed.answer(a).failure() == Failure.CONFLICT);
    assertThat(feed.commits("shop"))
        .extracting(Commit::revision)
        .containsExactlyElementsOf(upTo(101));
  }

  @Test
  void append_conflictInAnUnbornNamespace_bearsNothing() {
    start();
    assertThat(failure(append("shop", 3, put(key("a"), "1")))).isEqualTo(Failure.CONFLICT);
    assertThat(restart().namespaces()).isEmpty();
  }

  @Test
  void append_whatNoStoreCanHold_failsAlone() {
    start();
    Append before = append("shop", 0, put(key("a"), "1"));
    Append bad = append("shop", 0, put(key("b"), "1", Status.SERVING, Instant.MAX));
    Append after = append("shop", 0, put(key("c"), "1"));
    List.of(before, bad, after).forEach(store::append);
    assertThat(feed.answer(before).commit().revision()).isEqualTo(1);
    assertThat(feed.answer(bad).failure()).isEqualTo(Failure.UNAVAILABLE);
    assertThat(feed.answer(after).commit().revision()).isEqualTo(2);
  }

  @Test
  void append_removeThenAddAgain_isANewRecord() {
    start();
    commit("shop", 0, put(key("a"), "1"));
    commit("shop", 1, remove(key("a")));
    assertThat(failure(append("shop", 1, put(key("a"), "2")))).isEqualTo(Failure.CONFLICT);
    assertThat(commit("shop", 0, put(key("a"), "2")).revision()).isEqualTo(3);
    assertThat(registration(restart(), "a").revision()).isEqualTo(3);
  }

  @Test
  void append_removalOfNothing_onlyMovesThePosition() {
    start();
    assertThat(commit("shop", 0, remove(key("a"))).revision()).isEqualTo(1);
    Catalog catalog = namespace(restart(), "shop").catalog();
    assertThat(catalog.instances()).isZero();
    assertThat(catalog.position().revision()).isEqualTo(1);
  }

  private static Registration registration(Kept kept, String id) {
    return namespace(kept, "shop").catalog().find(key(id));
  }

  @Test
  void append_eightThreads_everyChangeOnceInOrder() throws InterruptedException {
    start();
    ConcurrentLinkedQueue<Append> appends = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 8; t++) {
      String prefix = "t" + t + "-";
      threads.add(
          new Thread(
              () -> {
                for (int i = 0; i < 125; i++) {
                  Append append = append("shop", 0, put(key(prefix + i), "1"));
                  appends.add(append);
                  store.append(append);
                }
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(appends).hasSize(1_000).allMatch(a -> feed.answer(a).failure() == null);
    assertThat(feed.commits("shop"))
        .extracting(Commit::revision)
        .containsExactlyElementsOf(upTo(1_000));
  }

  @Test
  void load_afterRestart_isExactlyWhatWasKept() {
    start();
    Commit first = commit("shop", 0, put(key("a"), "1", Status.STARTING, Samples.NOW));
    Commit second = commit("shop", 0, put(key("b"), "1"));
    Commit third = commit("shop", 1, put(key("a"), "2", Status.DRAINING, Samples.NOW));
    Commit fourth = commit("shop", 2, remove(key("b")));
    commit("other", 0, put(new InstanceKey("order", "z"), "1", Status.NOT_SERVING, Samples.NOW));
    Kept kept = restart();
    assertThat(kept.namespaces()).hasSize(2);
    Kept.Namespace shop = namespace(kept, "shop");
    assertThat(shop.log()).containsExactly(first, second, third, fourth);
    assertThat(shop.catalog().position()).isEqualTo(fourth.position());
    assertThat(shop.catalog().instances()).isEqualTo(1);
    Registration last = ((Change.Put) third.change()).registration();
    assertThat(shop.catalog().find(key("a"))).isEqualTo(last);
    assertThat(shop.catalog().heldBy(last.lease())).containsExactly(key("a"));
    assertThat(shop.unheard()).isEmpty();
  }

  @Test
  void append_afterRestart_goesOnInTheSameEpoch() {
    start();
    Position before = commit("shop", 0, put(key("a"), "1")).position();
    restart();
    Position after = commit("shop", 1, put(key("a"), "2")).position();
    assertThat(after.epoch()).isEqualTo(before.epoch());
    assertThat(after.revision()).isEqualTo(2);
  }

  @Test
  void append_afterClose_failsAtOnce() {
    start();
    store.close();
    Append late = append("shop", 0, put(key("a"), "1"));
    assertThat(failure(late)).isEqualTo(Failure.UNAVAILABLE);
    store.close();
    assertThat(start().namespaces()).isEmpty();
  }

  @Test
  void close_withChangesWaiting_keepsThem() {
    start();
    List<Append> appends = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      appends.add(append("shop", 0, put(key("i" + i), "1")));
    }
    appends.forEach(store::append);
    store.close();
    assertThat(appends).allMatch(a -> feed.answer(a).failure() == null);
    assertThat(namespace(start(), "shop").catalog().instances()).isEqualTo(200);
  }
}
