// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * This process's place in the registry. It is kept by heartbeats in the background and taken again
 * after any outage, until it is closed. Safe for all threads.
 */
public final class Registration implements AutoCloseable {
  /** Longer than the deadlines of a register that is under way and the deregister after it. */
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(4);

  /** Longer than a drain takes that is tried at several registries. */
  private static final Duration DRAIN_PATIENCE = Duration.ofSeconds(2);

  private final Session session;
  private final Lease lease;
  private final Farewell farewell;
  private final Farewell.Plan plan;
  private final Dependencies dependencies;
  private final AtomicBoolean ending = new AtomicBoolean();

  Registration(
      Session session,
      Lease lease,
      Farewell farewell,
      Farewell.Plan plan,
      Dependencies dependencies) {
    this.session = session;
    this.lease = lease;
    this.farewell = farewell;
    this.plan = plan;
    this.dependencies = dependencies;
  }

  /** The instance as the registry listed it last; before that, as it was asked for. */
  public ServiceInstance instance() {
    return lease.last;
  }

  /**
   * Waits until the registry has listed the instance for the first time.
   *
   * @return the instance as it is listed
   * @throws RollcallException with {@code TIMEOUT} when it did not happen in time (it goes on being
   *     tried), {@code REFUSED} when the registry will not have it, {@code CLOSED} after close
   */
  public ServiceInstance awaitRegistered(Duration patience) {
    try {
      return lease.registered.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      String why = lease.lastTrouble.isEmpty() ? "no answer yet" : lease.lastTrouble;
      throw new RollcallException(
          RollcallException.Reason.TIMEOUT,
          lease.name() + " was not registered within " + patience + ": it " + why);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RollcallException(RollcallException.Reason.TIMEOUT, "interrupted while waiting");
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RollcallException known) {
        throw new RollcallException(known.reason(), String.valueOf(known.getMessage()));
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /**
   * Waits until callers may use the instance: it is listed, and its health check, if it has one,
   * has passed. Only then is it time to stop the copy that it replaces.
   *
   * @return the instance as it is listed
   * @throws RollcallException as {@link #awaitRegistered}
   */
  public ServiceInstance awaitUsable(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    ServiceInstance listed = awaitRegistered(patience);
    Waiting.Condition here =
        now ->
            now.entries().containsKey(listed.id())
                ? Optional.empty()
                : Optional.of("it is listed, but STARTING, NOT_SERVING or DRAINING");
    Duration left = Duration.ofNanos(Math.max(0, end - System.nanoTime()));
    Map<String, String> unmet = Waiting.unmetAfter(session, Map.of(listed.service(), here), left);
    if (!unmet.isEmpty()) {
      throw new RollcallException(
          RollcallException.Reason.TIMEOUT,
          lease.name() + " is not usable after " + patience + ": " + unmet.get(listed.service()));
    }
    return lease.last;
  }

  /**
   * Waits until each service named by {@code requires} has an instance that can be called.
   *
   * @throws RollcallException with {@code TIMEOUT}, naming those that have none
   */
  public void awaitDependencies(Duration patience) {
    Map<String, String> unmet = dependencies.unmetAfter(patience);
    if (!unmet.isEmpty()) {
      throw new RollcallException(
          RollcallException.Reason.TIMEOUT,
          lease.name()
              + " requires "
              + String.join(", ", unmet.keySet())
              + ", unmet after "
              + patience
              + ": "
              + String.join("; ", unmet.values()));
    }
  }

  /**
   * Replaces the labels: listed as soon as the registry has them, in the background. The instance
   * stays listed, with its place and its status.
   */
  public void metadata(Map<String, String> labels) {
    Map<String, String> now = Map.copyOf(labels);
    session.loop().execute(() -> session.leases().describe(lease, now));
  }

  /**
   * Asks for no new calls to this instance, for good; calls in flight and this registration go on.
   * Waits at most 2 s. A registry that is away, or too old to drain, is not told.
   *
   * @param reason for people, at most 1 KiB
   */
  public void drain(String reason) {
    boolean unused = startDraining(reason).told();
  }

  /** A drain that is under way. */
  record Drain(CompletableFuture<Boolean> answer) {
    /** Waits for its outcome: whether watchers are being told. */
    boolean told() {
      try {
        return answer.get(DRAIN_PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      } catch (ExecutionException | TimeoutException e) {
        return false;
      }
    }
  }

  Drain startDraining(String reason) {
    var told = new CompletableFuture<Boolean>();
    session.loop().execute(() -> session.leases().drain(lease, reason, told::complete));
    return new Drain(told);
  }

  /** True for the first who ends it. */
  boolean claimEnd() {
    return ending.compareAndSet(false, true);
  }

  Farewell.Plan plan() {
    return plan;
  }

  /**
   * Ends in order: health says NOT_SERVING, the registry is told to send no new calls, watchers get
   * a moment to hear of it, the server that was registered finishes its calls and stops (at most 10
   * s; not while another registration names it), and the instance leaves the list (at most 4 s; by
   * its lease where the registry is away). A second call only waits.
   */
  @Override
  public void close() {
    farewell.leave(List.of(this));
  }

  void awaitGone() {
    try {
      lease.deregistered.get(CLOSE_PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      return;
    }
  }

  /** Without waiting, so that several can leave at the same time. */
  void startClosing() {
    dependencies.close();
    session.loop().execute(() -> closeOnLoop());
  }

  private void closeOnLoop() {
    if (lease.stage != Lease.Stage.CLOSED) {
      session.leases().remove(lease);
    }
  }
}
