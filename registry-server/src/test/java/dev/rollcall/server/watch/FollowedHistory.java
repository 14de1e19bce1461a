// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.grpc.Wire;
import dev.rollcall.server.testing.FakeLoop;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** A namespace with a history and followers, on a fake clock; frames are the real ones. */
final class FollowedHistory {
  private static final long NOTHING = -1;

  final FakeLoop loop = new FakeLoop();
  final RingBudget budget;
  private final int partBytes;
  final SnapshotPlaces places = new SnapshotPlaces(64);
  final BodyCache bodies = new BodyCache(1 << 20);
  final List<Catalog> catalogs = new ArrayList<>();
  private final Random nonces = new Random(1);
  ChangeRing ring;
  WatchHub hub;
  volatile boolean recovering;
  private volatile Catalog catalog;

  FollowedHistory() {
    this(1 << 20);
  }

  FollowedHistory(long ringBytes) {
    this(ringBytes, 128 << 10);
  }

  FollowedHistory(long ringBytes, int partBytes) {
    this.partBytes = partBytes;
    budget = new RingBudget(loop, ringBytes);
    begin(Catalog.empty("default", new Position("e1", 0, 7)));
  }

  /** Starts a lineage. */
  void begin(Catalog start) {
    catalog = start;
    catalogs.clear();
    catalogs.add(start);
    loop.run(
        () -> {
          if (hub == null) {
            hub = new WatchHub(loop, new Wire(), budget);
          }
          hub.restart(start.position(), List.of());
          ring = hub.ring();
        });
  }

  Catalog catalog() {
    return catalog;
  }

  Catalog at(long revision) {
    return catalogs.get((int) (revision - catalogs.get(0).position().revision()));
  }

  /** Commits changes as one group. */
  void commit(Change... changes) {
    List<Commit> commits = new ArrayList<>();
    Catalog next = catalog;
    for (Change change : changes) {
      Position last = next.position();
      Position at = new Position(last.epoch(), last.revision() + 1, nonces.nextLong());
      Registration before = next.find(change.key());
      commits.add(new Commit(at, before != null && before.usable(), change));
      next = change.applyTo(next, at);
      catalogs.add(next);
    }
    catalog = next;
    loop.run(() -> hub.publish(commits, loop.nanoTime()));
  }

  Client follow(View view, String... services) {
    return new Client(new Selector(new TreeSet<>(Set.of(services)), view), Position.UNBORN);
  }

  private static Map<InstanceKey, Long> empty() {
    return new TreeMap<>(Comparator.comparing(InstanceKey::toString));
  }

  static Map<InstanceKey, Long> state(Catalog catalog, Selector selector) {
    Map<InstanceKey, Long> state = empty();
    for (ServiceView service : catalog.services().values()) {
      if (selector.all() || selector.services().contains(service.name())) {
        for (Registration registration : service.instances().values()) {
          if (selector.view().shows(registration)) {
            state.put(registration.key(), registration.revision());
          }
        }
      }
    }
    return state;
  }

  /** A client that keeps the rules of the contract: parts count only when the last has come. */
  final class Client {
    final Selector selector;
    final List<WatchEvent> received = new ArrayList<>();
    Map<InstanceKey, Long> held = empty();
    Position position;
    int bells;
    Watch.Step last = new Watch.Step.Idle();
    private Map<InstanceKey, Long> staged = empty();
    private long stagedRevision = NOTHING;
    private boolean stagedSnapshot;
    private final Follower follower;
    private Watch watch;

    Client(Selector selector, Position from) {
      this.selector = selector;
      this.position = from;
      this.follower = new Follower(selector, () -> bells++);
      connect();
    }

    private void connect() {
      loop.run(
          () -> {
            Watching at =
                new Watching(
                    FollowedHistory.this::catalog,
                    hub::ring,
                    () -> recovering,
                    new Wire(),
                    bodies,
                    places,
                    partBytes);
            watch = new Watch(loop, at, follower, position);
            hub.add(follower);
          });
    }

    /** The stream breaks, and another one goes on where this client is. */
    void reconnect() {
      disconnect();
      connect();
    }

    void disconnect() {
      stagedRevision = NOTHING;
      loop.run(
          () -> {
            watch.close();
            hub.remove(follower);
          });
    }

    /** Takes up to so many messages. */
    int read(int most) {
      int read = 0;
      while (read < most) {
        loop.run(() -> last = watch.poll());
        if (!(last instanceof Watch.Step.Send send)) {
          break;
        }
        read++;
        take(send.event());
      }
      return read;
    }

    void readAll() {
      read(Integer.MAX_VALUE);
    }

    /** By the contract: a part continues the one before it, or a snapshot begins anew. */
    private void take(WatchEvent event) {
      received.add(event);
      boolean continues =
          stagedRevision == event.position().revision() && stagedSnapshot == event.snapshot();
      if (!continues) {
        assertThat(stagedRevision == NOTHING || event.snapshot())
            .as("parts of revision %d were never completed", stagedRevision)
            .isTrue();
        stagedRevision = event.position().revision();
        stagedSnapshot = event.snapshot();
        staged = event.snapshot() ? empty() : copy(held);
      }
      for (byte[] frame : event.frames()) {
        apply(frame);
      }
      if (!event.more()) {
        held = staged;
        position = event.position();
        stagedRevision = NOTHING;
      }
    }

    private Map<InstanceKey, Long> copy(Map<InstanceKey, Long> from) {
      Map<InstanceKey, Long> copy = empty();
      copy.putAll(from);
      return copy;
    }

    private void apply(byte[] frame) {
      try {
        for (var change : WatchResponse.parseFrom(frame).getChangesList()) {
          if (change.hasUpsert()) {
            var instance = change.getUpsert();
            staged.put(
                new InstanceKey(instance.getService(), instance.getId()), instance.getRevision());
          } else {
            staged.remove(
                new InstanceKey(change.getRemoved().getService(), change.getRemoved().getId()));
          }
        }
      } catch (InvalidProtocolBufferException e) {
        throw new AssertionError(e);
      }
    }
  }
}
