// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * This process's place in the registry. It is kept by heartbeats in the background and taken again
 * after any outage, until it is closed. Safe for all threads.
 */
public final class Registration implements AutoCloseable {
  /** Longer than the deadlines of a register that is under way and the deregister after it. */
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(4);

  private final Session session;
  private final Lease lease;

  Registration(Session session, Lease lease) {
    this.session = session;
    this.lease = lease;
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
   * Takes the instance off the list and waits at most 4 s for that. Where the registry is away, the
   * instance leaves when its lease ends. A second call does nothing.
   */
  @Override
  public void close() {
    startClosing();
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
    session.loop().execute(() -> closeOnLoop());
  }

  private void closeOnLoop() {
    if (lease.stage != Lease.Stage.CLOSED) {
      session.leases().remove(lease);
    }
  }
}
