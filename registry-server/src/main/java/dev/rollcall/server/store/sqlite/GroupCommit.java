// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.sqlite;

import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.store.Epoch;
import dev.rollcall.server.store.RecordCodec;
import dev.rollcall.server.store.Store.Append;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One batch on its way into one transaction: numbers the changes, finds those that may not be, and
 * remembers what it did until the outcome is known. Used once, by the committer.
 */
final class GroupCommit {
  /** One namespace's part of the batch. */
  private static final class Line {
    final long number;
    final Position before;
    final List<Commit> commits = new ArrayList<>();
    Position at;

    /** Settings keep so many versions of each key; of instances the newest events are kept. */
    boolean ofSettings() {
      return commits.get(0).change().key().service().isEmpty();
    }

    Line(long number, Position before, Position at) {
      this.number = number;
      this.before = before;
      this.at = at;
    }
  }

  /** Of each setting, the present one included. */
  private static final int VERSIONS = 20;

  private final Waiting.Batch batch;
  private final SqliteSettings settings;
  private final RandomGenerator random;
  private final Map<String, Line> lines = new LinkedHashMap<>();
  private final List<Append> conflicts = new ArrayList<>();
  private final List<Append> invalid = new ArrayList<>();

  GroupCommit(Waiting.Batch batch, SqliteSettings settings, RandomGenerator random) {
    this.batch = batch;
    this.settings = settings;
    this.random = random;
  }

  /** Writes everything, within a transaction of the caller's. */
  void writeTo(Tables tables) throws SQLException {
    for (Append append : batch.appends()) {
      write(tables, append);
    }
    for (Line line : lines.values()) {
      if (!line.commits.isEmpty()) {
        tables.move(line.number, line.at);
        prune(tables, line);
      }
    }
    LeaseRows leases = batch.leases();
    if (leases != null) {
      leases.writeTo(tables);
    }
  }

  private void write(Tables tables, Append append) throws SQLException {
    byte[] bytes;
    try {
      bytes = RecordCodec.encode(append.change());
    } catch (ArithmeticException e) {
      // a time that no store can hold: this change's own fault, so the others must not suffer
      invalid.add(append);
      return;
    }
    Line line = line(tables, append);
    if (line == null) {
      conflicts.add(append);
      return;
    }
    long revision = line.at.revision() + 1;
    if (!record(tables, line.number, append, revision)) {
      conflicts.add(append);
      return;
    }
    line.at = new Position(line.at.epoch(), revision, append.nonce());
    Commit commit = new Commit(line.at, append.usableBefore(), append.change().at(revision));
    tables.log(line.number, commit, bytes);
    line.commits.add(commit);
  }

  /** The append's namespace; null if there is none and the append cannot make it. */
  private @Nullable Line line(Tables tables, Append append) throws SQLException {
    String namespace = append.namespace();
    Line known = lines.get(namespace);
    if (known != null) {
      return known;
    }
    Tables.Head head = tables.head(namespace);
    Line line;
    if (head != null) {
      line = new Line(head.number(), head.position(), head.position());
    } else if (append.expected() == 0) {
      Tables.Head born = tables.bear(namespace, Epoch.draw(random));
      line = new Line(born.number(), Position.UNBORN, born.position());
    } else {
      return null;
    }
    lines.put(namespace, line);
    return line;
  }

  /** Changes the record if it is at the expected revision; false if it is not. */
  private static boolean record(Tables tables, long namespace, Append append, long revision)
      throws SQLException {
    InstanceKey key = append.change().key();
    long expected = append.expected();
    byte[] record = RecordCodec.encodeRecord(append.change());
    if (record.length > 0) {
      return expected == 0
          ? tables.add(namespace, key, revision, record)
          : tables.replace(namespace, key, expected, revision, record);
    }
    boolean removed =
        expected == 0 ? !tables.exists(namespace, key) : tables.remove(namespace, key, expected);
    if (removed) {
      tables.heard(namespace, key);
    }
    return removed;
  }

  private void prune(Tables tables, Line line) throws SQLException {
    if (line.ofSettings()) {
      for (Commit commit : line.commits) {
        tables.pruneVersions(line.number, commit.change().key().id(), VERSIONS);
      }
      return;
    }
    int added = line.commits.size();
    long now = line.commits.get(added - 1).change().cause().time().toEpochMilli();
    tables.prune(
        line.number,
        2 * added + 2,
        line.at.revision() - settings.eventsMaxCount(),
        now - settings.eventsMaxAge().toMillis());
  }

  /** Whether a reopened database holds all of it. */
  boolean keptIn(Tables tables) throws SQLException {
    for (Map.Entry<String, Line> entry : lines.entrySet()) {
      Tables.Head head = tables.head(entry.getKey());
      if (head == null || !head.position().equals(entry.getValue().at)) {
        return false;
      }
    }
    return !lines.isEmpty();
  }

  /** Whether a reopened database holds nothing of it. */
  boolean absentFrom(Tables tables) throws SQLException {
    for (Map.Entry<String, Line> entry : lines.entrySet()) {
      Tables.Head head = tables.head(entry.getKey());
      Position position = head == null ? Position.UNBORN : head.position();
      if (!position.equals(entry.getValue().before)) {
        return false;
      }
    }
    return true;
  }

  /** What was kept, by namespace, in the order of revisions. */
  Map<String, List<Commit>> commits() {
    Map<String, List<Commit>> commits = new LinkedHashMap<>();
    lines.forEach(
        (namespace, line) -> {
          if (!line.commits.isEmpty()) {
            commits.put(namespace, List.copyOf(line.commits));
          }
        });
    return commits;
  }

  /** Those whose record was not at the expected revision. */
  List<Append> conflicts() {
    return conflicts;
  }

  /** Those that cannot be written at all. */
  List<Append> invalid() {
    return invalid;
  }
}
