// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import io.grpc.Context;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Follows one service at one server as a careful client does: it folds what it is told, and resumes
 * where it was after a break. It remembers each complete state with its position.
 */
public final class Watcher implements AutoCloseable {
  /** A complete state: what a client holds at a position. */
  public record Seen(String epoch, long revision, boolean snapshot, Map<String, Instance> held) {}

  private final Client server;
  private final String stream;
  private final String service;
  private final Journal journal;
  private final Context.CancellableContext context = Context.current().withCancellation();
  private final Thread thread;
  private final List<Seen> seen = new ArrayList<>();
  private WatchResponse last = WatchResponse.getDefaultInstance();
  private Map<String, Instance> held = new TreeMap<>();
  private volatile boolean closed;

  private int session;

  /** Starts to follow. */
  public Watcher(int port, String service) {
    this(port, service, "watcher-" + port, new Journal());
  }

  /** Starts to follow, and notes what it is told as a stream of this name. */
  public Watcher(int port, String service, String stream, Journal journal) {
    this.server = new Client(port);
    this.stream = stream;
    this.service = service;
    this.journal = journal;
    this.thread = new Thread(() -> context.run(this::live), "watcher-" + port);
    thread.setDaemon(true);
    thread.start();
  }

  private void live() {
    while (!closed) {
      try {
        follow();
      } catch (StatusRuntimeException e) {
        try {
          TimeUnit.MILLISECONDS.sleep(100);
        } catch (InterruptedException interrupted) {
          return;
        }
      }
    }
  }

  private void follow() {
    Iterator<WatchResponse> messages =
        server
            .calls(600_000)
            .watch(
                WatchRequest.newBuilder()
                    .addServices(service)
                    .setAllStatuses(true)
                    .setEpoch(last.getEpoch())
                    .setAfterRevision(last.getRevision())
                    .setNonce(last.getNonce())
                    .build());
    session++;
    List<WatchResponse> group = new ArrayList<>();
    Map<String, Instance> staged = null;
    while (messages.hasNext() && !closed) {
      WatchResponse message = messages.next();
      if (message.getRecovering() && !message.getSnapshot() && message.getChangesCount() == 0) {
        // what is held stays
        continue;
      }
      if (staged == null) {
        staged = message.getSnapshot() ? new TreeMap<>() : new TreeMap<>(held);
      }
      group.add(message);
      for (Change change : message.getChangesList()) {
        if (change.hasUpsert()) {
          staged.put(change.getUpsert().getId(), change.getUpsert());
        } else {
          staged.remove(change.getRemoved().getId());
        }
      }
      if (!message.getMore()) {
        keep(group, staged);
        group.clear();
        staged = null;
      }
    }
  }

  private synchronized void keep(List<WatchResponse> group, Map<String, Instance> now) {
    WatchResponse message = group.get(group.size() - 1);
    Journal.Place from = new Journal.Place(last.getEpoch(), last.getRevision(), last.getNonce());
    journal.told(stream, session, from, group);
    last = message;
    held = now;
    seen.add(
        new Seen(
            message.getEpoch(), message.getRevision(), message.getSnapshot(), Map.copyOf(now)));
  }

  /** Every complete state so far, in order. */
  public synchronized List<Seen> seen() {
    return List.copyOf(seen);
  }

  /** What it holds now. */
  public synchronized Map<String, Instance> held() {
    return Map.copyOf(held);
  }

  /** The ids that it holds now. */
  public synchronized TreeSet<String> ids() {
    return new TreeSet<>(held.keySet());
  }

  @Override
  public void close() {
    closed = true;
    journal.ended(stream);
    context.cancel(null);
    server.close();
    try {
      thread.join(5_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
