// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.loop;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A loop without a thread of its own: its tasks run one after another on a shared pool. Costs a
 * queue and a counter, so each of thousands of streams can have one.
 */
public final class SerialLoop implements Loop {
  private static final Logger log = LoggerFactory.getLogger(SerialLoop.class);

  /** How many tasks one turn runs before the other loops of the pool get theirs. */
  private static final int TURN = 64;

  private final Executor pool;
  private final Loop clock;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile @Nullable Thread runner;
  private volatile boolean closed;

  /**
   * On a pool.
   *
   * @param clock a loop that lends its time and timers
   */
  public SerialLoop(Executor pool, Loop clock) {
    this.pool = pool;
    this.clock = clock;
  }

  @Override
  public void execute(Runnable task) {
    tasks.offer(task);
    if (waiting.getAndIncrement() == 0) {
      pool.execute(this::turn);
    }
  }

  @Override
  public Timer schedule(Duration delay, Runnable task) {
    return clock.schedule(delay, () -> execute(task));
  }

  @Override
  public long nanoTime() {
    return clock.nanoTime();
  }

  @Override
  public boolean inside() {
    return Thread.currentThread() == runner;
  }

  @Override
  public void close() {
    closed = true;
  }

  private void turn() {
    int left = 1;
    for (int ran = 0; ran < TURN && left > 0; ran++) {
      Runnable task = tasks.poll();
      runner = Thread.currentThread();
      if (task != null && !closed) {
        runSafely(task);
      }
      // cleared before the count: after it another thread may be running the next task
      runner = null;
      left = waiting.decrementAndGet();
    }
    if (left > 0) {
      pool.execute(this::turn);
    }
  }

  private void runSafely(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | AssertionError e) {
      log.error("a task of a stream failed; the stream's loop goes on", e);
    }
  }
}
