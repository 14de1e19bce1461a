// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Remembers what came back, and lets a test wait for what became of a change. */
public class RecordingFeed implements Store.Feed {
  /** What became of one change: a commit, or why not. */
  public record Answer(Commit commit, Store.Failure failure) {}

  private final Map<String, List<Commit>> commits = new ConcurrentHashMap<>();
  private final Map<String, Catalog> views = new ConcurrentHashMap<>();
  private final Set<String> recovering = ConcurrentHashMap.newKeySet();
  private final List<Kept.Namespace> resets = new CopyOnWriteArrayList<>();
  private final Map<Long, CompletableFuture<Answer>> answers = new ConcurrentHashMap<>();

  /** Goes on from nothing. */
  public RecordingFeed() {}

  /** Goes on from what a store held when it was opened. */
  public RecordingFeed(Kept kept) {
    kept.namespaces().forEach(one -> views.put(one.catalog().namespace(), one.catalog()));
  }

  @Override
  public void committed(String namespace, List<Commit> kept) {
    List<Commit> all = commits.computeIfAbsent(namespace, n -> new ArrayList<>());
    synchronized (all) {
      all.addAll(kept);
    }
    for (Commit commit : kept) {
      views.put(namespace, commit.change().applyTo(view(namespace), commit.position()));
      answer(commit.position().nonce(), new Answer(commit, null));
    }
  }

  @Override
  public void failed(Store.Append append, Store.Failure why) {
    answer(append.nonce(), new Answer(null, why));
  }

  @Override
  public void overtaken(Store.Append append, Position head) {
    answer(append.nonce(), new Answer(null, Store.Failure.CONFLICT));
  }

  @Override
  public void reset(Kept.Namespace now) {
    resets.add(now);
    views.put(now.catalog().namespace(), now.catalog());
  }

  @Override
  public Catalog view(String namespace) {
    return views.getOrDefault(namespace, Catalog.unborn(namespace));
  }

  @Override
  public void recovering(String namespace, Store.Recovering now) {
    if (now == Store.Recovering.BEGUN) {
      recovering.add(namespace);
    } else {
      recovering.remove(namespace);
    }
  }

  /** Whether the store said that it brings it back, and not yet that it is back. */
  public boolean recovering(String namespace) {
    return recovering.contains(namespace);
  }

  /** What was said to be held after something was missed, oldest first. */
  public List<Kept.Namespace> resets() {
    return List.copyOf(resets);
  }

  private void answer(long nonce, Answer answer) {
    if (!waitingFor(nonce).complete(answer)) {
      throw new IllegalStateException("answered twice: " + nonce);
    }
  }

  private CompletableFuture<Answer> waitingFor(long nonce) {
    return answers.computeIfAbsent(nonce, n -> new CompletableFuture<>());
  }

  /** What became of the append with this nonce; waits for it. */
  public Answer answer(Store.Append append) {
    try {
      return waitingFor(append.nonce()).get(20, TimeUnit.SECONDS);
    } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(e);
    } catch (TimeoutException e) {
      throw new IllegalStateException("no answer to " + append, e);
    }
  }

  /** Everything kept in a namespace so far, in the order in which it came. */
  public List<Commit> commits(String namespace) {
    List<Commit> all = commits.getOrDefault(namespace, List.of());
    synchronized (all) {
      return List.copyOf(all);
    }
  }
}
