// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import io.grpc.Status;
import java.time.Duration;

/**
 * Finds out whether the registry of the open watch stream lives. The stream alone does not tell:
 * one that continues where it was has nothing to say, and one of a dead connection neither. So the
 * registry is asked when a stream opens, when somebody else's call there was left unanswered, and,
 * where there is another one to go to, after some time without a word.
 *
 * <p>Runs on the session's loop.
 */
final class Pulse {
  /** The registry sends at least a bookmark every 10 s; after three missed ones it is not there. */
  static final Duration SILENCE = Duration.ofSeconds(30);

  /** After so long without a word from one of several registries it is asked whether it lives. */
  static final Duration QUIET = Duration.ofSeconds(5);

  private final Loop loop;
  private final WatchStream.Source source;
  private final Patient patient;
  private Loop.Timer silence = Loop.Timer.NONE;
  private Loop.Timer quiet = Loop.Timer.NONE;
  private boolean open;

  /** The registry was asked and did not answer yet. */
  private boolean asking;

  /** Counts streams: what was asked about an older one is of no interest. */
  private long stream;

  Pulse(Loop loop, WatchStream.Source source, Patient patient) {
    this.loop = loop;
    this.source = source;
    this.patient = patient;
  }

  /** Whose stream it is. */
  interface Patient {
    /** The stream has to be opened again, elsewhere if there is an elsewhere. */
    void lost(Status why);
  }

  /** A stream was opened. */
  void opened() {
    stream++;
    open = true;
    heard();
    check();
  }

  /** There is no stream any more. */
  void closed() {
    open = false;
    asking = false;
    silence.cancel();
    quiet.cancel();
  }

  /** The stream said something. */
  void heard() {
    silence.cancel();
    silence = loop.schedule(SILENCE, () -> patient.lost(silent()));
    alive();
  }

  private static Status silent() {
    return Status.UNAVAILABLE.withDescription("silent for " + SILENCE.toSeconds() + " s");
  }

  /** The registry said something, to whomever. */
  void alive() {
    quiet.cancel();
    if (open && source.count() > 1) {
      quiet = loop.schedule(QUIET, this::check);
    }
  }

  /** Asks whether the registry lives. */
  void check() {
    loop.assertInside();
    if (!open || asking) {
      return;
    }
    asking = true;
    long asked = stream;
    source.ask(
        status -> {
          if (open && asked == stream) {
            asking = false;
            answered(status);
          }
        });
  }

  private void answered(Status status) {
    if (Registries.unreached(status)) {
      patient.lost(status);
    } else {
      alive();
    }
  }
}
