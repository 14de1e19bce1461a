// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.sdk.Held.Position;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads one watch stream: each message turns a reader into the next one. Pure, without I/O.
 *
 * <p>Messages with {@code more} are only collected; {@link #held()} moves when the last part is in,
 * so nobody ever sees half a snapshot. A snapshot replaces everything, also one with another epoch.
 * While the registry is recovering nothing is taken away that an older history knew; when it says
 * that it is over, only what the new history lists remains.
 */
sealed interface WatchReader {
  /** The state after the last complete message. */
  Held held();

  /**
   * The reader after this message.
   *
   * @throws Breach when the message cannot follow what came before; the stream must be opened again
   *     from a snapshot
   */
  WatchReader read(WatchResponse message);

  /** At the start of a stream that continues from, or replaces, what is held. */
  static WatchReader holding(Held held) {
    return new Complete(held);
  }

  /** Between messages: what is held is whole. */
  record Complete(Held held) implements WatchReader {
    @Override
    public WatchReader read(WatchResponse message) {
      return new Collecting(held, message, List.of()).read(message);
    }
  }

  /** Within a message of several parts. The first one says what all of them are. */
  record Collecting(Held held, WatchResponse first, List<Change> parts) implements WatchReader {
    @Override
    public WatchReader read(WatchResponse message) {
      if (!sameMessage(message)) {
        if (message.getSnapshot()) {
          return new Complete(held).read(message);
        }
        throw new Breach("a part of another message came between two parts");
      }
      List<Change> all = new ArrayList<>(parts);
      all.addAll(message.getChangesList());
      return message.getMore() ? new Collecting(held, first, all) : complete(message, all);
    }

    private boolean sameMessage(WatchResponse part) {
      return first.getSnapshot() == part.getSnapshot()
          && first.getRevision() == part.getRevision()
          && first.getEpoch().equals(part.getEpoch());
    }

    private WatchReader complete(WatchResponse last, List<Change> changes) {
      var to = new Position(last.getEpoch(), last.getRevision(), last.getNonce());
      if (last.getSnapshot()) {
        return new Complete(
            last.getRecovering() ? held.united(to, changes) : held.replaced(to, changes));
      }
      if (last.getRecovering() && !held.position().epoch().equals(to.epoch())) {
        return new Complete(held);
      }
      checkFollows(held.position(), to);
      Held now = held.changed(to, changes);
      return new Complete(last.getRecovering() ? now : now.withoutKept());
    }

    /** A namespace without an epoch was not written to yet: its first epoch continues it. */
    private static void checkFollows(Position from, Position to) {
      if (!from.known()) {
        throw new Breach("changes came before the first snapshot");
      }
      if (!from.epoch().isEmpty() && !from.epoch().equals(to.epoch())) {
        throw new Breach("changes of epoch " + to.epoch() + " came after epoch " + from.epoch());
      }
      if (to.revision() < from.revision()) {
        throw new Breach("revision " + to.revision() + " came after " + from.revision());
      }
    }
  }

  /** The registry sent what its contract excludes. */
  final class Breach extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    Breach(String message) {
      super(message);
    }
  }
}
