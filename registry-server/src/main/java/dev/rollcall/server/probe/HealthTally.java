// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.Status;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Probes of one target in a row, and when they are enough to say that it turned. A row belongs to
 * one status of one target: another status begins the next, another target has a tally of its own.
 * Other changes of the record leave it standing, and what it says then is said of the newest
 * record.
 *
 * <p>A turn that nothing came of, say because the store was away, is said again by a later probe.
 * Times are a loop's monotonic nanoseconds. Not thread-safe.
 */
final class HealthTally {
  /** Failures beyond those needed after which a row is no flapping any more. */
  private static final int UNBROKEN = 3;

  private final HealthCheck check;
  private Status status;
  private long revision;
  private int passes;
  private int failures;
  private int probes;
  private long rowBeganNanos;
  private @Nullable Long lastSuccessNanos;
  private @Nullable Long lastTurnNanos;
  private boolean gone;

  /** Of a target that was not probed yet. */
  HealthTally(HealthCheck check, Status status, long revision) {
    this.check = check;
    this.status = status;
    this.revision = revision;
  }

  /**
   * Enough probes in a row say that the target is another now.
   *
   * @param revision of the record that it is said of
   * @param sure whether nothing needs to be waited for: no flapping, no fault of the prober
   * @param steady whether it is no flapping, though it may be a fault of the prober
   * @param sinceNanos when the row began
   */
  record Turn(
      long revision, boolean passed, boolean sure, boolean steady, long sinceNanos, String text) {}

  /** The record of the same target is another now. */
  void told(Status nowStatus, long nowRevision) {
    if (nowStatus != status) {
      passes = 0;
      failures = 0;
      probes = 0;
      gone = false;
      lastTurnNanos = null;
    }
    status = nowStatus;
    revision = nowRevision;
  }

  /** A probe passed; null: that turns nothing. */
  @Nullable Turn passed(long nowNanos, Duration took) {
    failures = 0;
    gone = false;
    probes = passes == 0 ? 1 : probes + 1;
    rowBeganNanos = passes == 0 ? nowNanos : rowBeganNanos;
    passes++;
    lastSuccessNanos = nowNanos;
    boolean waits = status == Status.STARTING || status == Status.NOT_SERVING;
    if (!waits || passes < check.healthyAfter() || !due(nowNanos)) {
      return null;
    }
    String text =
        probes == 1
            ? "probe passed in " + Finding.text(took)
            : probes + " probes passed, the last in " + Finding.text(took);
    boolean starts = status == Status.STARTING;
    return new Turn(revision, true, starts, starts, rowBeganNanos, text);
  }

  /** A probe failed; null: that turns nothing. */
  @Nullable Turn failed(long nowNanos, String detail) {
    return failed(nowNanos, detail, 1);
  }

  /** Nobody is there any more, its connection having been lost before: needs no second probe. */
  @Nullable Turn vanished(long nowNanos, String detail) {
    gone = true;
    return failed(nowNanos, detail, check.unhealthyAfter());
  }

  private @Nullable Turn failed(long nowNanos, String detail, int weight) {
    passes = 0;
    probes = failures == 0 ? 1 : probes + 1;
    rowBeganNanos = failures == 0 ? nowNanos : rowBeganNanos;
    failures += weight;
    boolean enough = failures >= check.unhealthyAfter();
    if (status != Status.SERVING || !enough || !due(nowNanos)) {
      return null;
    }
    boolean unbroken = failures >= check.unhealthyAfter() + UNBROKEN;
    return new Turn(
        revision, false, gone, gone || unbroken, rowBeganNanos, explained(nowNanos, detail));
  }

  private String explained(long nowNanos, String detail) {
    String counted = probes == 1 ? "1 probe failed: " : probes + " probes failed: ";
    Long success = lastSuccessNanos;
    return (gone ? "connection lost, then " : "")
        + counted
        + detail
        + (success == null
            ? "; no success since the registry began to probe it"
            : "; last success " + Finding.text(Duration.ofNanos(nowNanos - success)) + " ago");
  }

  /** The same is said at most about once an interval. */
  private boolean due(long nowNanos) {
    Long last = lastTurnNanos;
    if (last != null && nowNanos - last < check.interval().toNanos() / 2) {
      return false;
    }
    lastTurnNanos = nowNanos;
    return true;
  }
}
