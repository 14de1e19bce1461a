// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import static dev.rollcall.server.testing.Samples.put;
import static dev.rollcall.server.testing.Samples.remove;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.testing.Samples;
import dev.rollcall.server.watch.FollowedHistory.Client;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The promises of Watch, one test each, and random histories that hold them all at once. */
final class WatchGuaranteesTest {
  private final FollowedHistory history = new FollowedHistory();

  @Test
  void ordered_revisionsNeverFallWithinAnEpoch() {
    Client client = history.follow(View.USABLE);
    for (int i = 1; i <= 20; i++) {
      history.commit(put("a", "i" + i, i), put("b", "i" + i, i));
      client.readAll();
    }
    List<Long> revisions = client.received.stream().map(e -> e.position().revision()).toList();
    assertThat(revisions).isSorted().doesNotHaveDuplicates().endsWith(40L);
  }

  @Test
  void unique_aChangeIsToldOnce() {
    Client client = history.follow(View.USABLE, "a");
    client.readAll();
    history.commit(put("a", "x", 1));
    client.readAll();
    int told = client.received.size();
    assertThat(client.read(1)).isZero();
    history.commit(put("other", "y", 1));
    client.readAll();
    assertThat(client.received).hasSize(told);
  }

  @Test
  void atomic_aGroupIsNeverSplitBetweenTwoPositions() {
    Client client = history.follow(View.USABLE);
    client.readAll();
    history.commit(put("a", "x", 1), put("a", "y", 2), remove("a", "x"));
    client.readAll();
    assertThat(client.received).hasSize(2);
    assertThat(client.received.get(1).frames()).hasSize(1);
    assertThat(client.position).isEqualTo(history.catalog().position());
    assertThat(client.held).isEqualTo(FollowedHistory.state(history.catalog(), client.selector));
  }

  @Test
  void resumable_missedChangesComeWithoutASnapshot() {
    Client client = history.follow(View.USABLE, "a", "b");
    history.commit(put("a", "x", 1), put("b", "y", 1));
    client.readAll();
    client.disconnect();
    history.commit(remove("a", "x"), put("b", "z", 2), put("c", "w", 1));
    client.reconnect();
    client.received.clear();
    client.readAll();
    assertThat(client.received).hasSize(1).noneMatch(WatchEvent::snapshot);
    assertThat(client.held).isEqualTo(FollowedHistory.state(history.catalog(), client.selector));
  }

  @Test
  void resumable_aPositionOfAnotherLineageGetsASnapshot() {
    history.commit(put("a", "x", 1));
    Position real = history.catalog().position();
    for (Position doubtful :
        List.of(
            new Position(real.epoch(), real.revision(), real.nonce() + 1),
            new Position("e0", real.revision(), real.nonce()),
            new Position(real.epoch(), -5, 0))) {
      Client client = history.new Client(history.follow(View.USABLE, "a").selector, doubtful);
      client.readAll();
      assertThat(client.received).as("resumed from %s", doubtful).hasSize(1);
      assertThat(client.received.get(0).snapshot()).isTrue();
    }
  }

  @Test
  void resumable_aPositionAheadIsWaitedForAndThenDoubted() {
    history.commit(put("a", "x", 1));
    Position head = history.catalog().position();
    Position ahead = new Position(head.epoch(), head.revision() + 10, 99);
    Client client = history.new Client(history.follow(View.USABLE, "a").selector, ahead);
    client.readAll();
    assertThat(client.received).isEmpty();
    history.loop.advance(Watch.AHEAD_FOR);
    assertThat(client.bells).isPositive();
    client.readAll();
    assertThat(client.received).hasSize(1);
    assertThat(client.received.get(0).snapshot()).isTrue();
  }

  @Test
  void bookmarkable_anIdleWatchIsToldItsPositionWithin10s() {
    Client client = history.follow(View.USABLE, "a");
    client.readAll();
    history.commit(put("other", "y", 1));
    client.readAll();
    history.loop.advance(Duration.ofSeconds(10));
    client.readAll();
    WatchEvent bookmark = client.received.get(client.received.size() - 1);
    assertThat(bookmark.frames()).isEmpty();
    assertThat(bookmark.snapshot()).isFalse();
    assertThat(bookmark.position()).isEqualTo(history.catalog().position());
    client.disconnect();
    client.received.clear();
    history.commit(put("a", "x", 1));
    client.reconnect();
    client.readAll();
    assertThat(client.received).hasSize(1).noneMatch(WatchEvent::snapshot);
  }

  @Test
  void finalState_arrivesHoweverMuchWasSkipped() {
    Client client = history.follow(View.USABLE, "a");
    client.readAll();
    for (int i = 1; i <= 5_000; i++) {
      history.commit(put("a", "x" + i % 3, i % 60_000 + 1));
    }
    int messages = client.read(Integer.MAX_VALUE);
    assertThat(messages).isEqualTo(1);
    assertThat(client.held).isEqualTo(FollowedHistory.state(history.catalog(), client.selector));
  }

  @Test
  void usableView_leavingItIsARemovalAndHiddenChangesAreSilent() {
    Client usable = history.follow(View.USABLE, "a");
    Client all = history.follow(View.ALL, "a");
    history.commit(put("a", "x", 1));
    usable.readAll();
    all.readAll();
    usable.received.clear();
    history.commit(hidden("a", "x", 2));
    usable.readAll();
    all.readAll();
    assertThat(usable.held).isEmpty();
    assertThat(all.held).hasSize(1);
    history.commit(hidden("a", "x", 3), remove("a", "x"));
    usable.readAll();
    all.readAll();
    assertThat(usable.received).hasSize(1);
    assertThat(all.held).isEmpty();
  }

  @Test
  void snapshot_isCutIntoPartsOfOneRevision() {
    for (int i = 0; i < 2_000; i++) {
      history.commit(put("a", "a-rather-long-instance-name-" + i, 1 + i));
    }
    Client client = history.follow(View.USABLE, "a");
    client.read(1);
    history.commit(remove("a", "a-rather-long-instance-name-0"));
    client.readAll();
    assertThat(client.received).hasSizeGreaterThan(2);
    assertThat(client.received.get(0).more()).isTrue();
    assertThat(client.received.get(0).position().revision()).isEqualTo(2_000);
    assertThat(client.held).isEqualTo(FollowedHistory.state(history.catalog(), client.selector));
  }

  @Test
  void snapshot_aStalledClientGivesItsPlaceUpAndStartsOver() {
    FollowedHistory small = new FollowedHistory();
    for (int i = 0; i < 2_000; i++) {
      small.commit(put("a", "a-rather-long-instance-name-" + i, 1 + i));
    }
    List<Client> stalled = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      Client client = small.follow(View.USABLE, "a");
      client.read(1);
      stalled.add(client);
    }
    Client waiting = small.follow(View.USABLE, "a");
    assertThat(waiting.read(1)).isZero();
    small.loop.advance(Watch.STALLED_AFTER.plusMillis(1));
    waiting.readAll();
    assertThat(waiting.held).hasSize(2_000);
    stalled.get(0).readAll();
    assertThat(stalled.get(0).held).hasSize(2_000);
  }

  @Test
  void snapshot_theThirdInARowEndsTheStream() {
    FollowedHistory tight = new FollowedHistory(20_000);
    for (int i = 0; i < 2_000; i++) {
      tight.commit(put("a", "a-rather-long-instance-name-" + i, 1 + i));
    }
    Client client = tight.follow(View.USABLE, "a");
    for (int round = 0; round < 3; round++) {
      assertThat(client.last).isNotInstanceOf(Watch.Step.End.class);
      client.read(1);
      tight.loop.advance(Watch.STALLED_AFTER.plusMillis(1));
    }
    client.read(1);
    assertThat(client.last).isInstanceOf(Watch.Step.End.class);
    assertThat(((Watch.Step.End) client.last).why().reason()).isEqualTo(Reason.TOO_SLOW);
  }

  @Test
  void catchUp_thatStallsInTheMiddleIsFollowedByASnapshot() {
    FollowedHistory small = new FollowedHistory(1 << 20, 200);
    Client client = small.follow(View.USABLE, "a");
    client.readAll();
    for (int i = 0; i < 20; i++) {
      small.commit(put("a", "i" + i, 1));
    }
    client.read(1);
    assertThat(client.received.get(1).more()).isTrue();
    small.loop.advance(Watch.STALLED_AFTER.plusMillis(1));
    // born after the cursor and gone again: nothing but a snapshot can take it back
    small.commit(remove("a", "i0"), remove("a", "i1"));
    client.readAll();
    assertThat(client.received.get(2).snapshot()).isTrue();
    assertThat(client.held).isEqualTo(FollowedHistory.state(small.catalog(), client.selector));
  }

  @Test
  void newEpoch_isOneSnapshot() {
    Client client = history.follow(View.USABLE, "a");
    history.commit(put("a", "x", 1));
    client.readAll();
    history.begin(Catalog.empty("default", new Position("e2", 9, 5)));
    client.received.clear();
    client.reconnect();
    client.readAll();
    assertThat(client.received).hasSize(1);
    assertThat(client.received.get(0).snapshot()).isTrue();
    assertThat(client.position.epoch()).isEqualTo("e2");
    assertThat(client.held).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void foldEqualsGet_inRandomHistoriesWithSlowStalledAndResumingFollowers(long seed) {
    Random random = new Random(seed);
    // a tight ring, so that cursors fall out of it all the time
    // and tiny parts, so that snapshots and catch-ups are cut, stall and start over
    FollowedHistory world = new FollowedHistory(30_000, 200);
    List<Client> clients = new ArrayList<>();
    for (View view : View.values()) {
      clients.add(world.follow(view));
      clients.add(world.follow(view, "s0"));
      clients.add(world.follow(view, "s1", "s2", "never"));
    }
    for (int step = 0; step < 4_000; step++) {
      act(random, world, clients.get(random.nextInt(clients.size())), seed);
    }
    clients.forEach(Client::readAll);
    // whoever saw nothing new is told its position by a bookmark
    world.loop.advance(Duration.ofSeconds(20));
    for (Client client : clients) {
      client.readAll();
      if (client.last instanceof Watch.Step.End) {
        client.reconnect();
        client.readAll();
      }
      assertThat(client.position).as("seed %d", seed).isEqualTo(world.catalog().position());
      check(client, world, seed);
    }
  }

  private static void act(Random random, FollowedHistory world, Client client, long seed) {
    switch (random.nextInt(10)) {
      case 0, 1, 2, 3, 4 -> world.commit(changes(random));
      case 5, 6 -> {
        client.read(1 + random.nextInt(3));
        check(client, world, seed);
      }
      case 7 -> {
        client.readAll();
        check(client, world, seed);
      }
      case 8 -> client.reconnect();
      default -> world.loop.advance(Duration.ofMillis(random.nextInt(3_000)));
    }
    if (client.last instanceof Watch.Step.End) {
      client.reconnect();
    }
  }

  /** What the client holds is exactly the state at its position, or nothing yet. */
  private static void check(Client client, FollowedHistory world, long seed) {
    if (!client.position.equals(Position.UNBORN)) {
      assertThat(client.held)
          .as("seed %d, revision %d", seed, client.position.revision())
          .isEqualTo(FollowedHistory.state(world.at(client.position.revision()), client.selector));
    }
  }

  private static Change[] changes(Random random) {
    Change[] changes = new Change[1 + random.nextInt(4)];
    for (int i = 0; i < changes.length; i++) {
      String service = "s" + random.nextInt(4);
      String id = "i" + random.nextInt(12);
      changes[i] =
          switch (random.nextInt(4)) {
            case 0 -> remove(service, id);
            case 1 -> hidden(service, id, 1 + random.nextInt(100));
            default -> put(service, id, 1 + random.nextInt(100));
          };
    }
    return changes;
  }

  private static Change hidden(String service, String id, int port) {
    return new Change.Put(
        Samples.registration(
            Samples.instance(service, id, port), "secret-" + id, Status.NOT_SERVING));
  }
}
