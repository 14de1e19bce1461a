// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Who may use which Ollama now, and who waits. An Ollama answers so many at a time of one model; a
 * further one waits here, where the next place is anybody's, rather than behind one Ollama. First
 * come, first served; the queue has an end.
 *
 * <p>All state is guarded by the monitor.
 */
final class Places {
  /** A model that was there a moment ago may be about to come back under another registration. */
  private static final Duration GRACE = Duration.ofSeconds(3);

  private final int parallel;
  private final int longestQueue;
  private final Duration longestWait;
  private final Deque<Waiter> queue = new ArrayDeque<>();
  private final Map<String, Integer> inUse = new HashMap<>();
  private final Map<String, Long> lastSeenNanos = new HashMap<>();
  private List<Backend> backends = List.of();

  Places(int parallel, int longestQueue, Duration longestWait) {
    this.parallel = parallel;
    this.longestQueue = longestQueue;
    this.longestWait = longestWait;
  }

  /** What came of asking for a place. */
  sealed interface Answer {
    /** Here it is. */
    record Granted(Place place) implements Answer {}

    /** There is none, for this reason. */
    record None(Why why) implements Answer {}
  }

  /** Why there is no place. */
  enum Why {
    /** Nobody has this model. */
    NO_MODEL,
    /** All who have it were tried. */
    ALL_TRIED,
    /** Too many wait already. */
    QUEUE_FULL,
    /** None became free in time. */
    WAITED_TOO_LONG,
    /** The caller has left. */
    CALLER_GONE
  }

  private static final class Waiter {
    final String model;
    final Set<String> tried;
    Optional<Backend> granted = Optional.empty();

    Waiter(String model, Set<String> tried) {
      this.model = model;
      this.tried = tried;
    }
  }

  /** A place at an Ollama; given back once. */
  final class Place implements AutoCloseable {
    final Backend backend;
    final String route;
    private final String key;
    private final int taken;
    private boolean closed;

    private Place(Backend backend, String model, Duration waited, int taken) {
      this.backend = backend;
      String had = backend.models().hasLoaded(model) ? "loaded" : "pulled";
      route = waited.isZero() ? had : had + "; queued=" + waited.toMillis() + "ms";
      key = key(backend, model);
      this.taken = taken;
    }

    @Override
    public void close() {
      synchronized (Places.this) {
        if (!closed && taken > 0) {
          closed = true;
          inUse.merge(key, -taken, (a, b) -> a + b == 0 ? null : a + b);
          serve();
        }
      }
    }
  }

  synchronized List<Backend> backends() {
    return backends;
  }

  /** How many wait. */
  synchronized int waiting() {
    return queue.size();
  }

  /** What the registry shows now. */
  synchronized void show(List<Backend> now) {
    for (Backend backend : backends) {
      backend.models().pulled().forEach(model -> lastSeenNanos.put(model, System.nanoTime()));
    }
    lastSeenNanos.values().removeIf(seen -> System.nanoTime() - seen > GRACE.toNanos());
    backends = now;
    serve();
    notifyAll();
  }

  /** A place for work with this model; waits for one. */
  synchronized Answer take(String model, Set<String> tried, Gone caller) {
    Optional<Why> hopeless = hopeless(model, tried);
    if (hopeless.isPresent()) {
      return new Answer.None(hopeless.get());
    }
    var waiter = new Waiter(model, tried);
    queue.add(waiter);
    serve();
    if (waiter.granted.isEmpty() && queue.size() > longestQueue) {
      queue.remove(waiter);
      return new Answer.None(Why.QUEUE_FULL);
    }
    long from = System.nanoTime();
    Optional<Why> gaveUp =
        waiter.granted.isPresent() ? Optional.empty() : await(waiter, from, caller);
    queue.remove(waiter);
    if (waiter.granted.isPresent()) {
      Duration waited =
          gaveUp.isEmpty() && System.nanoTime() - from < 1_000_000
              ? Duration.ZERO
              : Duration.ofNanos(System.nanoTime() - from);
      return new Answer.Granted(new Place(waiter.granted.get(), model, waited, 1));
    }
    return new Answer.None(gaveUp.orElse(Why.CALLER_GONE));
  }

  /** Whoever has this model, for what takes no place. */
  synchronized Answer peek(String model, Set<String> tried) {
    Optional<Backend> one =
        backends.stream()
            .filter(have -> have.models().has(model) && !tried.contains(have.address()))
            .min(Comparator.comparing((Backend have) -> !have.models().hasLoaded(model)));
    return one.<Answer>map(found -> new Answer.Granted(new Place(found, model, Duration.ZERO, 0)))
        .orElseGet(() -> new Answer.None(tried.isEmpty() ? Why.NO_MODEL : Why.ALL_TRIED));
  }

  /** Whether another Ollama has this model too. */
  synchronized boolean others(String model, Backend than) {
    return backends.stream()
        .anyMatch(one -> one.models().has(model) && !one.address().equals(than.address()));
  }

  private Optional<Why> await(Waiter waiter, long fromNanos, Gone caller) {
    caller.onGone(this::wake);
    try {
      while (waiter.granted.isEmpty()) {
        if (caller.isGone()) {
          return Optional.of(Why.CALLER_GONE);
        }
        Optional<Why> hopeless = hopeless(waiter.model, waiter.tried);
        if (hopeless.isPresent()) {
          return hopeless;
        }
        long left = longestWait.toNanos() - (System.nanoTime() - fromNanos);
        if (left <= 0) {
          return Optional.of(Why.WAITED_TOO_LONG);
        }
        // not longer than a model that is missing is waited for
        wait(Math.max(1, Math.min(left, GRACE.toNanos() / 4) / 1_000_000));
      }
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of(Why.CALLER_GONE);
    }
  }

  private synchronized void wake() {
    notifyAll();
  }

  /** Why waiting makes no sense; empty: it does. */
  private Optional<Why> hopeless(String model, Set<String> tried) {
    List<Backend> having = backends.stream().filter(one -> one.models().has(model)).toList();
    if (having.isEmpty()) {
      Long seen = lastSeenNanos.get(Models.whole(model));
      boolean justNow = seen != null && System.nanoTime() - seen < GRACE.toNanos();
      return justNow && tried.isEmpty()
          ? Optional.empty()
          : Optional.of(tried.isEmpty() ? Why.NO_MODEL : Why.ALL_TRIED);
    }
    return having.stream().allMatch(one -> tried.contains(one.address()))
        ? Optional.of(Why.ALL_TRIED)
        : Optional.empty();
  }

  /** Grants places to those who have waited longest. */
  private void serve() {
    boolean served = false;
    for (Iterator<Waiter> waiting = queue.iterator(); waiting.hasNext(); ) {
      Waiter waiter = waiting.next();
      Optional<Backend> free = free(waiter.model, waiter.tried);
      if (waiter.granted.isEmpty() && free.isPresent()) {
        waiter.granted = free;
        inUse.merge(key(free.get(), waiter.model), 1, Integer::sum);
        waiting.remove();
        served = true;
      }
    }
    if (served) {
      notifyAll();
    }
  }

  /** One that has it loaded before one that has it pulled; then the one with the least to do. */
  private Optional<Backend> free(String model, Set<String> tried) {
    return backends.stream()
        .filter(one -> one.models().has(model) && !tried.contains(one.address()))
        .filter(one -> inUse.getOrDefault(key(one, model), 0) < parallel)
        .min(
            Comparator.comparing((Backend one) -> !one.models().hasLoaded(model))
                .thenComparing(this::busy)
                .thenComparing(Backend::id));
  }

  private int busy(Backend backend) {
    return inUse.entrySet().stream()
        .filter(one -> one.getKey().startsWith(backend.address() + " "))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  private static String key(Backend backend, String model) {
    return backend.address() + " " + Models.whole(model);
  }
}
