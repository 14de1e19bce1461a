// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.store.Kept;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How far one namespace has been read, and what is needed to say where another history parts from
 * it. On the follower's thread.
 */
final class Chapter {
  private static final int MOST_REMOVED = 65_536;
  private static final Duration LONGEST_RECOVERY = Duration.ofSeconds(30);

  final String namespace;
  final Keys keys;
  private final Nonces nonces = new Nonces();

  /** Removals of this epoch by the revision of each, oldest first. */
  private final Map<InstanceKey, Commit> removed =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<InstanceKey, Commit> eldest) {
          return size() > MOST_REMOVED;
        }
      };

  private Position at;

  /** Whether the feed was told that this is being brought back, and not yet that it is. */
  boolean recovering;

  /** What Redis says of the end of a recovery, and since when it says so. */
  private String recoveryEnd = "";

  private long recoveryNanos;

  /** When all that was written by then had been read, on the store's clock. */
  private long currentNanos;

  Chapter(String namespace, long nowNanos) {
    this.namespace = namespace;
    this.keys = Keys.of(namespace);
    this.at = Position.UNBORN;
    this.currentNanos = nowNanos;
  }

  /** The last change that was read. */
  Position at() {
    return at;
  }

  /** Whether nothing was ever read of it. */
  boolean unborn() {
    return at.epoch().isEmpty();
  }

  /** It is about to be read from its very first change. */
  void begin(String epoch) {
    at = new Position(epoch, 0, 0);
    nonces.restart(1);
  }

  /** Goes on from here. */
  void restart(Kept.Namespace kept, long nowNanos) {
    at = kept.catalog().position();
    nonces.goOnAt(kept.log().isEmpty() ? at.revision() : kept.log().get(0).revision());
    if (kept.log().isEmpty()) {
      nonces.add(at.nonce());
    }
    kept.log().forEach(this::note);
    removed.keySet().removeIf(key -> kept.catalog().find(key) != null);
    currentNanos = nowNanos;
  }

  /** This history and the one that goes on part after a revision: what came later is forgotten. */
  void parted(long common) {
    nonces.cutAfter(common);
    removed.values().removeIf(removal -> removal.revision() > common);
  }

  /**
   * Whether a recovery goes on that ends when Redis says so: who began it may have died over it.
   *
   * @param end empty: none goes on
   */
  boolean recovers(String end, long nowNanos) {
    if (!end.equals(recoveryEnd)) {
      recoveryEnd = end;
      recoveryNanos = nowNanos;
    }
    return !end.isEmpty() && nowNanos - recoveryNanos < LONGEST_RECOVERY.toNanos();
  }

  /** Whether the entry is the next one of this history. */
  boolean continues(Entry entry) {
    return entry.revision() == at.revision() + 1
        && !entry.foreign()
        && entry.previous() == at.nonce()
        && entry.change() != null;
  }

  /** This was read. */
  void advance(Commit commit) {
    at = commit.position();
    note(commit);
  }

  private void note(Commit commit) {
    nonces.add(commit.position().nonce());
    removed.remove(commit.change().key());
    if (!commit.change().shownIn(View.ALL)) {
      removed.put(commit.change().key(), commit);
    }
  }

  /** The nonce of a revision that was read, if it is still known. */
  OptionalLong nonceOf(long revision) {
    return nonces.of(revision);
  }

  /** Removals that are still remembered. */
  List<Commit> removals() {
    return List.copyOf(removed.values());
  }

  /** Everything written by now has been read. */
  void current(long nowNanos) {
    currentNanos = nowNanos;
  }

  long currentNanos() {
    return currentNanos;
  }
}
