// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterResponse;
import dev.rollcall.registry.v1.WatchResponse;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Records what clients were told, and checks it afterwards. From any thread. */
public final class History {
  private final List<RegisterResponse> acknowledged = new ArrayList<>();
  private final Map<String, List<WatchResponse>> streams = new TreeMap<>();

  /** A registration that was answered OK. */
  public synchronized void acknowledged(RegisterResponse answer) {
    acknowledged.add(answer);
  }

  /** A message of a watch; the name tells streams apart. */
  public synchronized void watched(String stream, WatchResponse message) {
    streams.computeIfAbsent(stream, name -> new ArrayList<>()).add(message);
  }

  /** The newest revision that was acknowledged; 0: none. */
  public synchronized long newest() {
    return acknowledged.stream().mapToLong(a -> a.getInstance().getRevision()).max().orElse(0);
  }

  /** How many registrations were acknowledged. */
  public synchronized int size() {
    return acknowledged.size();
  }

  /** No revision was given to two acknowledged changes, and none is beyond the head. */
  public synchronized void checkRevisions(long head) {
    Set<Long> given = new HashSet<>();
    for (RegisterResponse answer : acknowledged) {
      long revision = answer.getInstance().getRevision();
      assertThat(revision).isBetween(1L, head);
      assertThat(given.add(revision)).as("revision %d was given once", revision).isTrue();
    }
  }

  /** What was acknowledged last of each instance is there, or something newer. */
  public synchronized void checkKept(Collection<Instance> found) {
    Map<String, Instance> there = new HashMap<>();
    found.forEach(instance -> there.put(name(instance), instance));
    Map<String, Instance> newest = new HashMap<>();
    for (RegisterResponse answer : acknowledged) {
      newest.merge(
          name(answer.getInstance()),
          answer.getInstance(),
          (a, b) -> a.getRevision() > b.getRevision() ? a : b);
    }
    newest.forEach(
        (name, instance) -> {
          Instance kept = there.get(name);
          assertThat(kept).as("%s, acknowledged at %d", name, instance.getRevision()).isNotNull();
          assertThat(kept.getRevision()).isGreaterThanOrEqualTo(instance.getRevision());
          if (kept.getRevision() == instance.getRevision()) {
            assertThat(kept).isEqualTo(instance);
          }
        });
  }

  /** Positions of a stream never fall within an epoch. */
  public synchronized void checkOrdered() {
    streams.forEach(
        (stream, messages) -> {
          WatchResponse before = WatchResponse.getDefaultInstance();
          for (WatchResponse message : messages) {
            if (before.getEpoch().equals(message.getEpoch())) {
              assertThat(message.getRevision())
                  .as("stream %s", stream)
                  .isGreaterThanOrEqualTo(before.getRevision());
            }
            before = message;
          }
        });
  }

  /** What the messages of a stream come to: the instances that its client holds, by name. */
  public synchronized Map<String, Instance> fold(String stream) {
    Map<String, Instance> held = new TreeMap<>();
    Map<String, Instance> staged = new TreeMap<>();
    long stagedRevision = -1;
    boolean stagedSnapshot = false;
    for (WatchResponse message : streams.getOrDefault(stream, List.of())) {
      if (message.getRevision() != stagedRevision || message.getSnapshot() != stagedSnapshot) {
        assertThat(stagedRevision == -1 || message.getSnapshot())
            .as("stream %s completes the parts of revision %d", stream, stagedRevision)
            .isTrue();
        staged = message.getSnapshot() ? new TreeMap<>() : new TreeMap<>(held);
        stagedRevision = message.getRevision();
        stagedSnapshot = message.getSnapshot();
      }
      for (Change change : message.getChangesList()) {
        if (change.hasUpsert()) {
          staged.put(name(change.getUpsert()), change.getUpsert());
        } else {
          staged.remove(change.getRemoved().getService() + "/" + change.getRemoved().getId());
        }
      }
      if (!message.getMore()) {
        held = staged;
        stagedRevision = -1;
      }
    }
    return held;
  }

  private static String name(Instance instance) {
    return instance.getService() + "/" + instance.getId();
  }
}
