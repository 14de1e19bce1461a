// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Runs a user's callbacks one at a time, on a thread that lives only while there are some. */
final class Callbacks implements Executor, AutoCloseable {
  private final ThreadPoolExecutor executor;

  Callbacks(String name) {
    executor =
        new ThreadPoolExecutor(
            1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> thread(task, name));
    executor.allowCoreThreadTimeOut(true);
    executor.setRejectedExecutionHandler((task, pool) -> {});
  }

  private static Thread thread(Runnable task, String name) {
    var thread = new Thread(task, name);
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  int queued() {
    return executor.getQueue().size();
  }

  /** Takes no further callbacks; a second call is ignored. */
  @Override
  public void close() {
    executor.shutdown();
  }
}
