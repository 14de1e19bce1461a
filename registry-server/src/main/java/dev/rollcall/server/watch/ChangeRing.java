// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Position;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The recent changes of one namespace, by revision.
 *
 * <p>The big idea: revisions are dense, so a change lives in slot {@code revision mod capacity},
 * and each remembers the revision of the change before it of the same service. A follower is a
 * number. It asks for what is newer than its number and walks back from the newest change, one step
 * for each change it missed and none for what it does not follow; what has left the ring is noticed
 * because another revision sits in its slot. Readers therefore hold nothing that keeps memory
 * alive, take no lock and never delay the writer.
 *
 * <p>Written on the ledger's loop only; read from any thread. A change becomes visible when {@link
 * #head} moves to it, after everything else about it was written.
 */
public final class ChangeRing {
  /** The most changes kept. */
  public static final int CAPACITY = 65_536;

  private static final int FIRST_CAPACITY = 64;

  private final FrameEncoder encoder;
  private final Map<String, Long> newestOfService = new ConcurrentHashMap<>();
  private volatile Slots slots = new Slots(FIRST_CAPACITY);
  private volatile Position head;

  private final long start;

  // the ledger's loop only
  private long oldest;
  private long bytes;

  /** The newest revision of a service that {@link #newestOfService} no longer names. */
  private volatile long forgotten;

  /** An empty ring of a namespace at a position. */
  public ChangeRing(Position start, FrameEncoder encoder) {
    this.encoder = encoder;
    this.head = start;
    this.start = start.revision();
    this.oldest = start.revision() + 1;
    this.forgotten = start.revision();
    slots.nonces.set(slots.index(start.revision()), start.nonce());
  }

  /** The newest position whose changes can be read. */
  public Position head() {
    return head;
  }

  /** Roughly how much memory the kept changes and their frames take. On the ledger's loop. */
  long bytes() {
    return bytes;
  }

  /**
   * Adds the next change. On the ledger's loop; visible only after {@link #publish}.
   *
   * @param committedNanos when it was committed, on the loop's clock; 0: some time ago
   */
  void add(Commit commit, long committedNanos) {
    long revision = commit.revision();
    if (revision - start >= slots.capacity() && slots.capacity() < CAPACITY) {
      slots = slots.doubled(oldest, revision - 1);
    }
    if (revision - oldest >= slots.capacity()) {
      dropOldest();
    }
    String service = commit.change().key().service();
    long previous = newestOfService.getOrDefault(service, forgotten);
    Slot slot = new Slot(commit, previous, committedNanos);
    int index = slots.index(revision);
    slots.entries.set(index, slot);
    slots.nonces.set(index, commit.position().nonce());
    newestOfService.put(service, revision);
    bytes += slot.bytes();
  }

  /** Makes all that was added visible. On the ledger's loop. */
  void publish(Position newHead) {
    head = newHead;
    if (newestOfService.size() > 2 * CAPACITY) {
      forgetOldServices();
    }
  }

  /** Drops the oldest change, if there is one. On the ledger's loop. */
  void dropOldest() {
    if (oldest <= head.revision()) {
      int index = slots.index(oldest);
      Slot slot = slots.entries.get(index);
      if (slot != null && slot.revision() == oldest) {
        bytes -= slot.bytes();
        slots.entries.set(index, null);
      }
      oldest++;
    }
  }

  /** Whether this position lies on this ring's lineage, as far as the ring can tell. */
  boolean knows(Position position) {
    Position newest = head;
    long revision = position.revision();
    return position.epoch().equals(newest.epoch())
        && revision >= start
        && revision <= newest.revision()
        && revision > newest.revision() - slots.capacity()
        && slots.nonces.get(slots.index(revision)) == position.nonce();
  }

  /**
   * What a follower missed, the newest state of each instance only, oldest change first.
   *
   * @param after the follower's position
   * @param upTo a head read before this call
   * @return null if a change that it missed has left the ring
   */
  @Nullable Missed missed(Selector selector, long after, Position upTo) {
    Walk walk = new Walk(selector, after, upTo.revision());
    if (selector.all()) {
      for (long revision = upTo.revision(); revision > after; revision--) {
        if (walk.visit(revision) == null) {
          return null;
        }
      }
      return walk.result();
    }
    for (String service : selector.services()) {
      long revision = newestOfService.getOrDefault(service, forgotten);
      while (revision > after) {
        Slot slot = walk.visit(revision);
        if (slot == null) {
          return null;
        }
        revision = slot.previousOfService;
      }
    }
    return walk.result();
  }

  private void forgetOldServices() {
    long limit = oldest;
    long newest = forgotten;
    for (Map.Entry<String, Long> entry : newestOfService.entrySet()) {
      if (entry.getValue() < limit) {
        newest = Math.max(newest, entry.getValue());
      }
    }
    // first the bound, then the names: a reader that misses the name must find the bound
    forgotten = newest;
    newestOfService.values().removeIf(revision -> revision < limit);
  }

  /** What a follower missed: frames in the order of revisions. */
  record Missed(Deque<byte[]> frames, long committedNanos) {}

  /** One pass backwards over what a follower missed. */
  private final class Walk {
    private final Selector selector;
    private final long after;
    private final long upTo;
    private final Slots seen = slots;
    private final Map<InstanceKey, Touched> touched = new HashMap<>();

    Walk(Selector selector, long after, long upTo) {
      this.selector = selector;
      this.after = after;
      this.upTo = upTo;
    }

    /** Takes note of the change at the revision; null if it has left the ring. */
    @Nullable Slot visit(long revision) {
      Slot slot = seen.entries.get(seen.index(revision));
      if (slot == null || slot.revision() != revision) {
        return null;
      }
      InstanceKey key = slot.commit.change().key();
      if (revision <= upTo && revision > after && selector.follows(key.id())) {
        touched.merge(
            key, new Touched(slot, slot), (known, earlier) -> new Touched(known.newest, slot));
      }
      return slot;
    }

    Missed result() {
      Deque<byte[]> frames = new ArrayDeque<>(touched.size());
      long committed = 0;
      List<Touched> ordered = new ArrayList<>(touched.values());
      ordered.sort(Comparator.comparingLong(instance -> instance.newest.revision()));
      for (Touched instance : ordered) {
        boolean heldBefore = instance.first.shownBefore(selector.view());
        byte[] frame = instance.newest.frame(selector.view(), heldBefore, encoder);
        if (frame != null) {
          frames.add(frame);
          committed = Math.max(committed, instance.newest.committedNanos);
        }
      }
      return new Missed(frames, committed);
    }
  }

  /** The first and the newest change of one instance that a follower missed. */
  private record Touched(Slot newest, Slot first) {}

  /** The two arrays of a ring; replaced by larger ones while the ring grows. */
  private static final class Slots {
    private final AtomicReferenceArray<@Nullable Slot> entries;
    private final AtomicLongArray nonces;

    Slots(int capacity) {
      entries = new AtomicReferenceArray<>(capacity);
      nonces = new AtomicLongArray(capacity);
    }

    int capacity() {
      return nonces.length();
    }

    int index(long revision) {
      return (int) (revision & (nonces.length() - 1));
    }

    Slots doubled(long oldest, long newest) {
      Slots larger = new Slots(capacity() * 2);
      long firstNonce = Math.max(0, newest - capacity() + 1);
      for (long revision = firstNonce; revision <= newest; revision++) {
        larger.nonces.set(larger.index(revision), nonces.get(index(revision)));
        if (revision >= oldest) {
          larger.entries.set(larger.index(revision), entries.get(index(revision)));
        }
      }
      return larger;
    }
  }
}
