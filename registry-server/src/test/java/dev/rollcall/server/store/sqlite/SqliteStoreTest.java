// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import static dev.rollcall.server.store.Samples.key;
import static dev.rollcall.server.store.Samples.put;
import static dev.rollcall.server.store.Samples.remove;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.store.EventLog;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.LeaseMemoryContract;
import dev.rollcall.server.store.LeaseTick;
import dev.rollcall.server.store.Samples;
import dev.rollcall.server.store.Store;
import dev.rollcall.server.store.Store.Append;
import dev.rollcall.server.store.Store.Failure;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;

/** The contract on SQLite, and what happens when the file or the disk fails. */
final class SqliteStoreTest extends LeaseMemoryContract {
  @TempDir Path directory;

  private final Random random = new Random(7);
  private final Queue<Throwable> ends = new ConcurrentLinkedQueue<>();
  private SqliteSettings settings;
  private FaultyConnection faults;

  @BeforeEach
  void choose() {
    settings = SqliteSettings.in(directory);
    faults = new FaultyConnection("jdbc:sqlite:" + directory.resolve("rollcall.db").toUri());
  }

  @Override
  protected Store open() {
    return SqliteStore.open(settings, faults, random, Thread::new, ends::add);
  }

  @Override
  protected EventLog events() {
    return ((SqliteStore) store()).events();
  }

  @Test
  void append_diskFull_failsAndRecoversByItself() throws SQLException {
    start();
    commit("shop", 0, put(key("a"), "1"));
    faults.limitPages(1);
    String large = "x".repeat(100_000);
    assertThat(failure(append("shop", 0, put(key("b"), large)))).isEqualTo(Failure.FULL);
    assertThat(failure(append("shop", 9, put(key("b"), large)))).isEqualTo(Failure.CONFLICT);
    remember(unheard(5));
    assertThat(failure(append("other", 0, put(key("c"), large)))).isEqualTo(Failure.FULL);
    faults.limitPages(1_000_000);
    assertThat(commit("shop", 0, put(key("b"), large)).revision()).isEqualTo(2);
    Kept kept = restart();
    assertThat(kept.namespaces()).hasSize(1);
    assertThat(kept.clockMillis()).isEqualTo(5);
    assertThat(namespace(kept, "shop").log()).hasSize(2);
    assertThat(ends).isEmpty();
  }

  private static LeaseTick unheard(long clock) {
    return new LeaseTick(
        clock, clock, Map.of("shop", Map.of(key("a"), new Kept.Unheard(1, 2))), Map.of());
  }

  @Test
  void commit_diskFull_keepsNothingButTheLeasesForLater() {
    start();
    commit("shop", 0, put(key("a"), "1"));
    faults.failCommit(SQLiteErrorCode.SQLITE_FULL);
    remember(unheard(5));
    // whether the tick went alone into the failing transaction or with this change, both may fail
    Append append = append("shop", 0, put(key("b"), "1"));
    Failure why = failure(append);
    assertThat(why == null || why == Failure.FULL).isTrue();
    commit("shop", 0, put(key("c"), "1"));
    Kept kept = restart();
    assertThat(kept.clockMillis()).isEqualTo(5);
    assertThat(namespace(kept, "shop").unheard()).containsOnlyKeys(key("a"));
    assertThat(namespace(kept, "shop").catalog().find(key("b")) == null).isEqualTo(why != null);
  }

  @Test
  void commit_failsBeforeItIsKept_saysUnavailable() {
    start();
    Commit first = commit("shop", 0, put(key("a"), "1"));
    faults.failCommit(SQLiteErrorCode.SQLITE_IOERR_WRITE);
    assertThat(failure(append("shop", 1, put(key("a"), "2")))).isEqualTo(Failure.UNAVAILABLE);
    assertThat(commit("shop", 1, put(key("a"), "3")).revision()).isEqualTo(2);
    assertThat(namespace(restart(), "shop").log().get(0)).isEqualTo(first);
    assertThat(ends).isEmpty();
  }

  @Test
  void commit_failsInAnUnbornNamespace_bearsNothing() {
    start();
    faults.failCommit(SQLiteErrorCode.SQLITE_IOERR_WRITE);
    assertThat(failure(append("shop", 0, put(key("a"), "1")))).isEqualTo(Failure.UNAVAILABLE);
    assertThat(restart().namespaces()).isEmpty();
  }

  @Test
  void commit_failsAfterItWasKept_saysCommitted() {
    start();
    faults.failAfterCommit(SQLiteErrorCode.SQLITE_IOERR_UNLOCK);
    Commit commit = commit("shop", 0, put(key("a"), "1"));
    assertThat(commit("shop", 1, put(key("a"), "2")).revision()).isEqualTo(2);
    assertThat(namespace(restart(), "shop").log().get(0)).isEqualTo(commit);
    assertThat(ends).isEmpty();
  }

  @Test
  void commit_outcomeCannotBeRead_endsTheProcess() {
    start();
    commit("shop", 0, put(key("a"), "1"));
    faults.failCommit(SQLiteErrorCode.SQLITE_IOERR_WRITE);
    faults.refuseConnections();
    Append doubtful = append("shop", 1, put(key("a"), "2"));
    assertThat(failure(doubtful)).isEqualTo(Failure.OUTCOME_UNKNOWN);
    assertThat(failure(append("shop", 1, put(key("a"), "3")))).isEqualTo(Failure.UNAVAILABLE);
    assertThat(ends).singleElement().asString().contains(directory.toString(), "whether changes");
  }

  @Test
  void commit_flushFails_endsTheProcessAndTriesNothingAgain() {
    start();
    faults.failAfterCommit(SQLiteErrorCode.SQLITE_IOERR_FSYNC);
    Append doubtful = append("shop", 0, put(key("a"), "2"));
    assertThat(failure(doubtful)).isEqualTo(Failure.OUTCOME_UNKNOWN);
    assertThat(failure(append("shop", 0, put(key("b"), "3")))).isEqualTo(Failure.UNAVAILABLE);
    assertThat(ends).hasSize(1);
  }

  @Test
  void open_newEpoch_keepsNumbersAndForgetsThePast() {
    start();
    Position before = commit("shop", 0, put(key("a"), "1")).position();
    store().close();
    settings = new SqliteSettings(directory, true, 100_000, Duration.ofDays(7));
    Kept.Namespace kept = namespace(start(), "shop");
    Position after = kept.catalog().position();
    assertThat(after.epoch()).matches("[a-z2-7]{12}").isNotEqualTo(before.epoch());
    assertThat(after.revision()).isEqualTo(1);
    assertThat(after.nonce()).isNotEqualTo(before.nonce());
    assertThat(kept.log()).isEmpty();
    assertThat(kept.catalog().find(key("a"))).isNotNull();
    Commit next = commit("shop", 1, remove(key("a")));
    assertThat(next.position().epoch()).isEqualTo(after.epoch());
    settings = SqliteSettings.in(directory);
    assertThat(namespace(restart(), "shop").log()).containsExactly(next);
  }

  @Test
  void append_logTooLong_losesItsOldestRows() {
    settings = new SqliteSettings(directory, false, 10, Duration.ofDays(7));
    start();
    List<Append> appends = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      appends.add(append("shop", 0, put(key("i" + i), "1")));
    }
    appends.forEach(store()::append);
    appends.forEach(feed()::answer);
    assertThat(namespace(restart(), "shop").log())
        .extracting(Commit::revision)
        .containsExactly(91L, 92L, 93L, 94L, 95L, 96L, 97L, 98L, 99L, 100L);
  }

  @Test
  void append_shorterLogThanBefore_losesFewRowsAtATime() {
    start();
    for (int i = 0; i < 100; i++) {
      store().append(append("shop", 0, put(key("i" + i), "1")));
    }
    store().close();
    settings = new SqliteSettings(directory, false, 10, Duration.ofDays(7));
    start();
    commit("shop", 0, put(key("more"), "1"));
    assertThat(namespace(restart(), "shop").log()).hasSize(97);
  }

  @Test
  void append_logTooOld_losesItsOldestRows() {
    settings = new SqliteSettings(directory, false, 100, Duration.ofHours(1));
    start();
    Instant old = Samples.NOW.minus(Duration.ofHours(2));
    commit("shop", 0, put(key("a"), "1", Status.SERVING, old));
    commit("shop", 0, put(key("b"), "1", Status.SERVING, old));
    Commit fresh = commit("shop", 0, put(key("c"), "1"));
    Kept.Namespace kept = namespace(restart(), "shop");
    assertThat(kept.log()).containsExactly(fresh);
    assertThat(kept.catalog().instances()).isEqualTo(3);
  }
}
