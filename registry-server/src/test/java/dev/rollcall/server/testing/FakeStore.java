// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.LeaseMemory;
import dev.rollcall.server.store.LeaseTick;
import dev.rollcall.server.store.Store;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A store that keeps in memory, and commits when a test says so. */
public final class FakeStore implements Store, LeaseMemory {
  private final ArrayDeque<Append> waiting = new ArrayDeque<>();
  private final Map<String, Catalog> catalogs = new HashMap<>();
  private final List<LeaseTick> ticks = new ArrayList<>();
  private Feed feed;

  @Override
  public Kept load() {
    return new Kept(List.of(), 0, 0);
  }

  @Override
  public void feed(Feed to) {
    feed = to;
  }

  @Override
  public void append(Append append) {
    waiting.add(append);
  }

  @Override
  public Standing standing() {
    return Standing.CURRENT;
  }

  @Override
  public void remember(LeaseTick tick) {
    ticks.add(tick);
  }

  @Override
  public void close() {}

  /** Holds this from the start. */
  public void begin(Catalog catalog) {
    catalogs.put(catalog.namespace(), catalog);
  }

  /** What the leases wanted remembered. */
  public List<LeaseTick> ticks() {
    return ticks;
  }

  /** How many changes wait for a commit. */
  public int waiting() {
    return waiting.size();
  }

  /** The namespace as it is kept. */
  public Catalog kept(String namespace) {
    return catalogs.getOrDefault(namespace, Catalog.unborn(namespace));
  }

  /** Commits up to so many waiting changes, each namespace's as one group. */
  public void commit(int most) {
    Map<String, List<Commit>> groups = new HashMap<>();
    for (int i = 0; i < most && !waiting.isEmpty(); i++) {
      Append append = waiting.remove();
      Catalog before = kept(append.namespace());
      Registration record = before.find(append.change().key());
      if ((record == null ? 0 : record.revision()) != append.expected()) {
        feed.failed(append, Failure.CONFLICT);
        continue;
      }
      Position last = before.position();
      String epoch = last.epoch().isEmpty() ? "epoch-of-" + append.namespace() : last.epoch();
      Position at = new Position(epoch, last.revision() + 1, append.nonce());
      Change change = committed(append.change(), at.revision());
      catalogs.put(append.namespace(), change.applyTo(before, at));
      groups
          .computeIfAbsent(append.namespace(), name -> new ArrayList<>())
          .add(new Commit(at, append.usableBefore(), change));
    }
    groups.forEach((namespace, commits) -> feed.committed(namespace, commits));
  }

  private static Change committed(Change change, long revision) {
    return change instanceof Change.Put put
        ? new Change.Put(put.registration().at(revision))
        : change;
  }

  /** Commits all that waits. */
  public void commit() {
    commit(Integer.MAX_VALUE);
  }

  /** Refuses all that waits. */
  public void fail(Failure why) {
    while (!waiting.isEmpty()) {
      feed.failed(waiting.remove(), why);
    }
  }

  /** Loses the next change without a word. */
  public Append lose() {
    return waiting.remove();
  }
}
