// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.loop.Loop.Timer;
import java.time.Duration;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One probe: waits for a place, asks, and ends with an answer or at its deadline, which is one for
 * everything from the look-up to the answer. On the probe loop.
 */
final class Visit {
  /** A deadline that is noticed later than this was missed by the registry, not by the target. */
  private static final Duration PAUSED = Duration.ofMillis(250);

  private final Loop loop;
  private final Asker asker;
  private final Lanes lanes;
  private final BiConsumer<Visit, Finding> ended;
  private final Registration target;
  private final HealthCheck check;
  private final Reason reason;
  private final boolean hangs;

  private Lane lane;
  private long startedNanos;
  private Asker.@Nullable Asking asking;
  private @Nullable Timer deadline;
  private @Nullable Timer moment;
  private boolean placed;
  private boolean over;

  /** Why a target is probed. */
  enum Reason {
    SCHEDULE,
    /** Its connection was lost. */
    LOST
  }

  /** What all visits share. */
  record Desk(Loop loop, Asker asker, Lanes lanes) {}

  /**
   * Not begun yet.
   *
   * @param hangs whether the target kept the last asker waiting
   * @param ended told what was found, unless this is dropped first
   */
  Visit(
      Desk desk,
      Registration target,
      HealthCheck check,
      Reason reason,
      boolean hangs,
      BiConsumer<Visit, Finding> ended) {
    this.loop = desk.loop();
    this.asker = desk.asker();
    this.lanes = desk.lanes();
    this.target = target;
    this.check = check;
    this.reason = reason;
    this.hangs = hangs;
    this.ended = ended;
    this.lane = lanes.of(check, hangs);
  }

  Reason reason() {
    return reason;
  }

  /** Since it got its place. */
  Duration took() {
    return Duration.ofNanos(loop.nanoTime() - startedNanos);
  }

  void begin() {
    if (reason == Reason.LOST) {
      lane.enterFirst(this::start);
    } else {
      lane.enter(this::start);
    }
  }

  /** Ends it without an outcome. */
  void drop() {
    if (!over) {
      over = true;
      release();
    }
  }

  private boolean start() {
    if (over) {
      return false;
    }
    placed = true;
    startedNanos = loop.nanoTime();
    deadline = loop.schedule(check.timeout(), this::late);
    if (check.timeout().compareTo(Lanes.MOMENT) > 0) {
      moment = loop.schedule(Lanes.MOMENT, this::stepAside);
    }
    // a task of its own: what goes wrong with it must not spread to whoever left the place
    loop.execute(this::ask);
    return true;
  }

  private void ask() {
    if (!over) {
      asking = asker.ask(target, hangs, finding -> loop.execute(() -> end(finding)));
    }
  }

  private void stepAside() {
    if (!over) {
      lane = lanes.stepAside(lane);
    }
  }

  private void late() {
    Asker.Asking asked = asking;
    String stage = asked == null ? "" : asked.stage();
    if (took().minus(check.timeout()).compareTo(PAUSED) > 0) {
      end(Finding.untried("the registry itself was too slow to probe"));
    } else if (stage.isEmpty()) {
      end(Finding.untried("it could not be asked in time"));
    } else {
      String text = "timed out after %s while %s".formatted(Finding.text(check.timeout()), stage);
      end(new Finding(Finding.Kind.SILENT, text));
    }
  }

  private void end(Finding finding) {
    if (!over) {
      over = true;
      release();
      ended.accept(this, finding);
    }
  }

  private void release() {
    if (!placed) {
      // still waiting for its place: start will decline it
      return;
    }
    Asker.Asking asked = asking;
    if (asked != null) {
      asked.abandon();
    }
    cancel(deadline);
    cancel(moment);
    lane.leave();
  }

  static void cancel(@Nullable Timer timer) {
    if (timer != null) {
      timer.cancel();
    }
  }
}
