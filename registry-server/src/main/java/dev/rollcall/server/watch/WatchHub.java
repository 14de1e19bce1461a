// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.loop.Loop;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tells the followers of one namespace that something changed. Publishing puts the changes into the
 * ring and rings bells; it never blocks, keeps nothing for a follower, and costs the same however
 * far a follower is behind. Runs on the ledger's loop.
 */
public final class WatchHub {
  private final Loop loop;
  private final FrameEncoder encoder;
  private final RingBudget budget;
  private volatile ChangeRing ring;
  private final Set<Follower> ofAll = new LinkedHashSet<>();
  private final Map<String, Set<Follower>> ofService = new HashMap<>();

  /** The hub of a namespace that nothing was ever written to. */
  public WatchHub(Loop loop, FrameEncoder encoder, RingBudget budget) {
    this.loop = loop;
    this.encoder = encoder;
    this.budget = budget;
    this.ring = new ChangeRing(Position.UNBORN, encoder);
    budget.include(ring);
  }

  /** The recent changes. From any thread; another one after {@link #restart}. */
  public ChangeRing ring() {
    return ring;
  }

  /**
   * Goes on from this position: what led there was not published one by one.
   *
   * @param log the newest changes up to it, without a gap; a follower who has all before them goes
   *     on without a snapshot
   */
  public void restart(Position at, List<Commit> log) {
    loop.assertInside();
    // the position before the first logged change; its nonce is not known, so nobody resumes there
    Position start = log.isEmpty() ? at : new Position(at.epoch(), log.get(0).revision() - 1, 0);
    budget.exclude(ring);
    ring = new ChangeRing(start, encoder);
    budget.include(ring);
    if (!log.isEmpty()) {
      append(log, 0);
    }
    wakeAll();
  }

  /** Is used no more. */
  public void close() {
    budget.exclude(ring);
  }

  /**
   * Makes these changes visible and wakes whom they concern.
   *
   * @param committedNanos when they were committed, on the loop's clock
   */
  public void publish(List<Commit> commits, long committedNanos) {
    loop.assertInside();
    Set<String> services = new HashSet<>();
    commits.forEach(commit -> services.add(commit.change().key().service()));
    append(commits, committedNanos);
    for (String service : services) {
      ofService.getOrDefault(service, Set.of()).forEach(Follower::wake);
    }
    ofAll.forEach(Follower::wake);
  }

  private void append(List<Commit> commits, long committedNanos) {
    long before = ring.bytes();
    commits.forEach(commit -> ring.add(commit, committedNanos));
    ring.publish(commits.get(commits.size() - 1).position());
    budget.grew(ring.bytes() - before);
  }

  /** Wakes the follower from now on, and once at once. */
  public void add(Follower follower) {
    loop.assertInside();
    if (follower.selector().all()) {
      ofAll.add(follower);
    }
    for (String service : follower.selector().services()) {
      ofService.computeIfAbsent(service, name -> new LinkedHashSet<>()).add(follower);
    }
    follower.wake();
  }

  /** Wakes the follower no more. */
  public void remove(Follower follower) {
    loop.assertInside();
    ofAll.remove(follower);
    for (String service : follower.selector().services()) {
      ofService.computeIfPresent(
          service,
          (name, followers) -> {
            followers.remove(follower);
            return followers.isEmpty() ? null : followers;
          });
    }
  }

  /** Wakes everyone: something changed that is not a change of one service. */
  public void wakeAll() {
    loop.assertInside();
    ofAll.forEach(Follower::wake);
    ofService.values().forEach(followers -> followers.forEach(Follower::wake));
  }

  /** Whether nobody follows. */
  public boolean quiet() {
    loop.assertInside();
    return ofAll.isEmpty() && ofService.isEmpty();
  }
}
