// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import dev.rollcall.server.catalog.Registration;
import java.util.function.Consumer;

/** Asks a target how it is. It knows no time: whoever asks gives up when the time is over. */
interface Asker extends AutoCloseable {
  /**
   * Starts to ask what the record's health check says; never blocks.
   *
   * @param slow whether this target is known to keep askers waiting
   * @param found told what was found, at most once, from any thread
   */
  Asking ask(Registration target, boolean slow, Consumer<Finding> found);

  /** Asks nothing more; what is under way may never be answered. Idempotent. */
  @Override
  void close();

  /** Something that was asked and may not be answered yet. */
  interface Asking {
    /** What it waits for, such as "connecting"; empty: it has not begun. From any thread. */
    String stage();

    /** Frees what it holds. From any thread; idempotent. */
    void abandon();
  }
}
