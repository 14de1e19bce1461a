// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.View;
import org.jspecify.annotations.Nullable;

/**
 * One change in the ring, with its frames.
 *
 * <p>A frame is encoded at first need, so that a registry without watchers encodes nothing. Two
 * readers may do it at the same time; they get equal bytes and either array may stay.
 */
final class Slot {
  /** What a record and its objects take beside its text, roughly. */
  private static final int OVERHEAD = 400;

  final Commit commit;

  /** The revision of the change before this one of the same service; 0: none known. */
  final long previousOfService;

  final long committedNanos;

  private volatile byte @Nullable [] upsert;
  private volatile byte @Nullable [] removed;

  Slot(Commit commit, long previousOfService, long committedNanos) {
    this.commit = commit;
    this.previousOfService = previousOfService;
    this.committedNanos = committedNanos;
  }

  long revision() {
    return commit.revision();
  }

  /** Whether a reader of the view saw the instance before this change. */
  boolean shownBefore(View view) {
    return view == View.ALL || commit.usableBefore();
  }

  /**
   * What a reader of the view is told; null: nothing.
   *
   * @param heldBefore whether the reader may hold the instance already
   */
  byte @Nullable [] frame(View view, boolean heldBefore, FrameEncoder encoder) {
    if (commit.change().shownIn(view)) {
      byte[] bytes = upsert;
      if (bytes == null) {
        bytes = encoder.upsert(commit.change().at(revision()));
        upsert = bytes;
      }
      return bytes;
    }
    if (!heldBefore) {
      return null;
    }
    byte[] bytes = removed;
    if (bytes == null) {
      bytes = encoder.removed(commit.change());
      removed = bytes;
    }
    return bytes;
  }

  /** Roughly the memory of the change with its frames. */
  int bytes() {
    if (commit.change() instanceof Change.Set set) {
      return OVERHEAD + 2 * set.setting().bytes();
    }
    return commit.change() instanceof Change.Put put ? OVERHEAD + 3 * text(put) : OVERHEAD;
  }

  private static int text(Change.Put put) {
    Registration registration = put.registration();
    Instance instance = registration.instance();
    int length = instance.address().length() + registration.cause().text().length();
    for (var entry : instance.metadata().entrySet()) {
      length += entry.getKey().length() + entry.getValue().length();
    }
    for (var entry : instance.endpoints().entrySet()) {
      length += entry.getKey().length() + entry.getValue().length();
    }
    for (String service : instance.requires()) {
      length += service.length();
    }
    return length;
  }
}
