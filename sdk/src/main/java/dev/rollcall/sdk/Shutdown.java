// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import io.grpc.Server;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The orderly end of a process that is asked to stop. */
final class Shutdown {
  private static final Duration CALLS_PATIENCE = Duration.ofSeconds(10);
  private static final Duration CALLER_PATIENCE = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(Shutdown.class);

  private final Thread caller;
  private final Runnable leave;
  private final CountDownLatch ended;

  /**
   * A shutdown that has not begun.
   *
   * @param caller the thread whose end is waited for, so that it can close what it opened
   * @param leave takes the process off the list and finishes its calls
   * @param ended opens when the caller may go on
   */
  Shutdown(Thread caller, Runnable leave, CountDownLatch ended) {
    this.caller = caller;
    this.leave = leave;
    this.ended = ended;
  }

  void await() {
    var hook = new Thread(this::run, "rollcall-shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      log.debug("the hook is running");
    }
  }

  /**
   * A JVM that was signalled exits with 143 whatever its hooks do, unless one halts it. One that
   * somebody ended by System.exit keeps the code it was given.
   */
  private void run() {
    try {
      leave.run();
      ended.countDown();
      caller.join(CALLER_PATIENCE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (signalled()) {
        Runtime.getRuntime().halt(0);
      }
    }
  }

  /**
   * Whether a signal began the end: only the stack of the thread that runs the hooks tells. A JVM
   * whose stack looks otherwise is not halted, so it ends with 143.
   */
  private static boolean signalled() {
    return Thread.getAllStackTraces().values().stream()
        .anyMatch(
            stack ->
                passes(stack, "java.lang.ApplicationShutdownHooks")
                    && passes(stack, "java.lang.Terminator"));
  }

  private static boolean passes(StackTraceElement[] stack, String type) {
    return Arrays.stream(stack).anyMatch(frame -> frame.getClassName().startsWith(type));
  }

  /** Lets the servers finish their calls, all at the same time, and then stops them in any case. */
  static void stop(Collection<Server> servers) {
    servers.forEach(Server::shutdown);
    long end = System.nanoTime() + CALLS_PATIENCE.toNanos();
    try {
      for (Server server : servers) {
        if (!server.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
          server.shutdownNow();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
