// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Looks host names up on a few threads of its own, because that may block for longer than a lease
 * lives. An answer comes in bounded time: the last good one where there is no newer. Safe for all
 * threads; none of its methods blocks.
 */
final class Lookup implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(2);

  private static final int THREADS = 4;
  private static final int MOST_HOSTS = 1_000;

  private static final String BYTE = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
  private static final Pattern IPV4 = Pattern.compile("(" + BYTE + "\\.){3}" + BYTE);

  private final Names names;
  private final Duration patience;
  private final ThreadPoolExecutor threads;

  /** Guarded by this. The one that was asked for longest ago goes first. */
  private final LinkedHashMap<String, InetAddress> good = new LinkedHashMap<>(16, 0.75f, true);

  /** At most one for each name, however often it is asked for. Guarded by this. */
  private final Map<String, CompletableFuture<InetAddress>> underWay = new HashMap<>();

  Lookup(Names names, Duration patience) {
    this.names = names;
    this.patience = patience;
    threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            5,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MOST_HOSTS),
            Lookup::thread);
    threads.allowCoreThreadTimeOut(true);
  }

  /** What is asked: the system, or a test. May block. */
  interface Names {
    InetAddress find(String host) throws UnknownHostException;
  }

  private static Thread thread(Runnable task) {
    var thread = new Thread(task, "rollcall-lookup");
    thread.setDaemon(true);
    return thread;
  }

  /** What is known without asking: a literal address, or the last good answer. */
  Optional<InetAddress> known(String host) {
    if (isLiteral(host)) {
      return literal(host);
    }
    synchronized (this) {
      return Optional.ofNullable(good.get(host));
    }
  }

  private static boolean isLiteral(String host) {
    return host.contains(":") || IPV4.matcher(host).matches();
  }

  /** Java asks nobody for the address of a literal. */
  private static Optional<InetAddress> literal(String host) {
    try {
      return Optional.of(InetAddress.getByName(host));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  /** The newest address; empty when the name has none and never had one. Never fails. */
  CompletableFuture<Optional<InetAddress>> find(String host) {
    if (isLiteral(host)) {
      return CompletableFuture.completedFuture(literal(host));
    }
    return ask(host)
        .thenApply(Optional::of)
        .completeOnTimeout(Optional.empty(), patience.toNanos(), TimeUnit.NANOSECONDS)
        .exceptionally(e -> Optional.empty())
        .thenApply(found -> found.isPresent() ? found : known(host));
  }

  private CompletableFuture<InetAddress> ask(String host) {
    var asked = new CompletableFuture<InetAddress>();
    synchronized (this) {
      CompletableFuture<InetAddress> before = underWay.putIfAbsent(host, asked);
      if (before != null) {
        return before;
      }
    }
    try {
      threads.execute(() -> look(host, asked));
    } catch (RejectedExecutionException e) {
      done(host);
      asked.completeExceptionally(e);
    }
    return asked;
  }

  private void look(String host, CompletableFuture<InetAddress> asked) {
    try {
      InetAddress found = names.find(host);
      synchronized (this) {
        good.put(host, found);
        if (good.size() > MOST_HOSTS) {
          good.remove(good.keySet().iterator().next());
        }
      }
      done(host);
      asked.complete(found);
    } catch (UnknownHostException e) {
      done(host);
      asked.completeExceptionally(new UncheckedIOException(e));
    } catch (RuntimeException e) {
      done(host);
      asked.completeExceptionally(e);
    }
  }

  private synchronized void done(String host) {
    underWay.remove(host);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
