// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.loop.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One follower: a cursor into the history of a namespace, and nothing else.
 *
 * <p>The big idea: state transfer, not log shipping. Nothing is queued for a follower. When its
 * client has room, it is asked ({@link #poll}) and looks at what is new since its cursor: the
 * newest state of each changed instance, from the ring of recent changes, or a snapshot of the
 * newest catalog when the ring does not reach back. A slow client thus skips states in between and
 * costs a number; the last state always arrives.
 *
 * <p>Runs on the stream's loop.
 */
public final class Watch {
  /** A bookmark comes at least every 10 s; the rest is for the way. */
  static final Duration BOOKMARK_AFTER = Duration.ofSeconds(9);

  /** A stream that takes no part for so long starts over. */
  static final Duration STALLED_AFTER = Duration.ofSeconds(5);

  /** How long a position ahead of this server is waited for. */
  static final Duration AHEAD_FOR = Duration.ofSeconds(5);

  private static final int SNAPSHOTS_IN_A_ROW = 2;

  private final Loop loop;
  private final Watching at;
  private final Follower follower;
  private State state;
  private int snapshotsInARow;
  private long sentNanos;
  private boolean bookmarkDue;
  private boolean saidRecovering;
  private boolean closed;

  /**
   * A watch that was not looked at yet.
   *
   * @param from the position to continue from; {@link Position#UNBORN}: start with a snapshot
   */
  public Watch(Loop loop, Watching at, Follower follower, Position from) {
    this.loop = loop;
    this.at = at;
    this.follower = follower;
    this.sentNanos = loop.nanoTime();
    this.state = resume(from);
    loop.schedule(BOOKMARK_AFTER, this::remindOfBookmark);
  }

  /** What to do now. */
  public sealed interface Step {
    /** Send this, then ask again if there is room. */
    record Send(WatchEvent event) implements Step {}

    /** Nothing to send until the bell rings. */
    record Idle() implements Step {}

    /** End the stream. */
    record End(Rejection why) implements Step {}
  }

  /** The next step. Call only when the client has room for a message. */
  public Step poll() {
    loop.assertInside();
    follower.looking();
    Step step = state.poll();
    if (step instanceof Step.Send send) {
      sentNanos = loop.nanoTime();
      saidRecovering = send.event().recovering() || recovering();
      return saidRecovering ? new Step.Send(send.event().whileRecovering()) : send;
    }
    return step;
  }

  /** Gives back what it holds. Idempotent. */
  public void close() {
    loop.assertInside();
    if (!closed) {
      closed = true;
      state.leave();
      state = Step.Idle::new;
    }
  }

  /** What a watch is doing; {@code poll} moves on to the next by itself. */
  private interface State {
    Step poll();

    /** Gives back what this state holds. */
    default void leave() {}
  }

  private Step to(State next) {
    state.leave();
    state = next;
    return next.poll();
  }

  private State resume(Position from) {
    ChangeRing ring = at.ring().get();
    Position head = ring.head();
    boolean sameLineage = !from.epoch().isEmpty() && from.epoch().equals(head.epoch());
    if (sameLineage && from.revision() > head.revision()) {
      loop.schedule(AHEAD_FOR, follower::wake);
      return new Ahead(from, loop.nanoTime() + AHEAD_FOR.toNanos());
    }
    if (!from.epoch().isEmpty() && !sameLineage && recovering()) {
      return new Doubting(from);
    }
    return sameLineage && ring.knows(from) ? new Following(from) : new Queued();
  }

  private boolean recovering() {
    return at.recovering().getAsBoolean();
  }

  private void remindOfBookmark() {
    if (closed) {
      return;
    }
    Duration idle = Duration.ofNanos(loop.nanoTime() - sentNanos);
    Duration left = BOOKMARK_AFTER.minus(idle);
    if (left.isNegative() || left.isZero()) {
      bookmarkDue = true;
      follower.wake();
      left = BOOKMARK_AFTER;
    }
    loop.schedule(left, this::remindOfBookmark);
  }

  /** Wants a snapshot and waits for a place. */
  private final class Queued implements State {
    @Override
    public Step poll() {
      if (!at.places().take(follower)) {
        return new Step.Idle();
      }
      return to(new Snapshotting());
    }

    @Override
    public void leave() {
      if (closed) {
        at.places().forget(follower);
      }
    }
  }

  /** Sends one catalog in parts. */
  private final class Snapshotting implements State {
    private final SnapshotParts parts =
        new SnapshotParts(at.catalog().get(), follower.selector(), at);
    private final Loop.Timer stalled = loop.schedule(STALLED_AFTER, this::checkStalled);
    private long takenNanos = loop.nanoTime();

    @Override
    public Step poll() {
      takenNanos = loop.nanoTime();
      Catalog catalog = parts.catalog();
      List<byte[]> frames = parts.next();
      boolean more = parts.hasNext();
      if (!more) {
        leave();
        state = new Following(catalog.position());
      }
      return new Step.Send(new WatchEvent(catalog.position(), true, more, frames, 0));
    }

    @Override
    public void leave() {
      stalled.cancel();
      at.places().giveBack();
    }

    private void checkStalled() {
      if (state != this) {
        return;
      }
      long idleNanos = loop.nanoTime() - takenNanos;
      if (idleNanos >= STALLED_AFTER.toNanos()) {
        leave();
        state = again();
      } else {
        loop.schedule(STALLED_AFTER.minusNanos(idleNanos), this::checkStalled);
      }
    }
  }

  /** Holds everything up to its cursor. */
  private final class Following implements State {
    private Position cursor;

    Following(Position cursor) {
      this.cursor = cursor;
    }

    @Override
    public Step poll() {
      if (!at.catalog().get().position().epoch().equals(cursor.epoch())) {
        return to(new Queued());
      }
      ChangeRing ring = at.ring().get();
      Position head = ring.head();
      if (!head.epoch().equals(cursor.epoch())) {
        return to(new Queued());
      }
      if (head.revision() > cursor.revision()) {
        ChangeRing.Missed missed = ring.missed(follower.selector(), cursor.revision(), head);
        if (missed == null) {
          return to(again());
        }
        if (!missed.frames().isEmpty()) {
          return to(new CatchingUp(head, missed));
        }
        cursor = head;
      }
      boolean recovered = saidRecovering && !recovering();
      if (!bookmarkDue && !recovered) {
        return new Step.Idle();
      }
      return caughtUp(WatchEvent.bookmark(cursor));
    }
  }

  /**
   * Holds a history that this server does not know, while the store may be about to bring it back:
   * a snapshot of what is there now would take away what is only missing. Stays where it is.
   */
  private final class Doubting implements State {
    private final Position from;
    private boolean said;

    Doubting(Position from) {
      this.from = from;
    }

    @Override
    public Step poll() {
      if (!recovering()) {
        return to(resume(from));
      }
      if (said && !bookmarkDue) {
        return new Step.Idle();
      }
      said = true;
      bookmarkDue = false;
      return new Step.Send(WatchEvent.bookmark(from).whileRecovering());
    }
  }

  /** Sends what was missed, in parts where it is large. */
  private final class CatchingUp implements State {
    private final Position target;
    private final Deque<byte[]> frames;
    private final long committedNanos;
    private Loop.@Nullable Timer stalled;

    CatchingUp(Position target, ChangeRing.Missed missed) {
      this.target = target;
      this.frames = missed.frames();
      this.committedNanos = missed.committedNanos();
    }

    @Override
    public Step poll() {
      leave();
      List<byte[]> part = new ArrayList<>();
      for (int bytes = 0; bytes < at.partBytes() && !frames.isEmpty(); ) {
        byte[] frame = frames.removeFirst();
        part.add(frame);
        bytes += frame.length;
      }
      if (frames.isEmpty()) {
        state = new Following(target);
        return caughtUp(new WatchEvent(target, false, false, part, committedNanos));
      }
      stalled = loop.schedule(STALLED_AFTER, this::startOver);
      return new Step.Send(new WatchEvent(target, false, true, part, 0));
    }

    @Override
    public void leave() {
      if (stalled != null) {
        stalled.cancel();
      }
    }

    /**
     * A client that stalls in the middle must not keep frames alive. It holds a part of a revision
     * that nobody will complete, so only a snapshot can follow.
     */
    private void startOver() {
      if (state == this) {
        state = again();
      }
    }
  }

  /** Names a position that this server has not reached yet. */
  private final class Ahead implements State {
    private final Position from;
    private final long untilNanos;

    Ahead(Position from, long untilNanos) {
      this.from = from;
      this.untilNanos = untilNanos;
    }

    @Override
    public Step poll() {
      ChangeRing ring = at.ring().get();
      boolean reached = ring.head().revision() >= from.revision();
      if (!reached && loop.nanoTime() - untilNanos < 0) {
        return new Step.Idle();
      }
      return to(reached && ring.knows(from) ? new Following(from) : new Queued());
    }
  }

  private Step caughtUp(WatchEvent event) {
    snapshotsInARow = 0;
    bookmarkDue = false;
    return new Step.Send(event);
  }

  /** A snapshot because this client was too slow for the ring, unless that happens all the time. */
  private State again() {
    snapshotsInARow++;
    return snapshotsInARow <= SNAPSHOTS_IN_A_ROW
        ? new Queued()
        : () ->
            new Step.End(
                Rejection.of(
                    Reason.TOO_SLOW,
                    "too slow: %d snapshots in a row were overtaken; read faster, or watch fewer services"
                        .formatted(snapshotsInARow)));
  }
}
