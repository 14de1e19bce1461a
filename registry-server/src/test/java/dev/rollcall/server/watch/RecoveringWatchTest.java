// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import static dev.rollcall.server.testing.Samples.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.watch.FollowedHistory.Client;
import org.junit.jupiter.api.Test;

/** What watches are told while the store may bring back more. */
final class RecoveringWatchTest {
  private final FollowedHistory history = new FollowedHistory();

  @Test
  void aPositionOfAnotherLineageKeepsWhatItHasUntilItIsOver() {
    history.commit(put("a", "x", 1));
    history.recovering = true;
    Position other = new Position("e0", 40, 4);
    Client client = history.new Client(history.follow(View.USABLE, "a").selector, other);
    client.readAll();
    assertThat(client.received).hasSize(1);
    assertThat(client.received.get(0).recovering()).isTrue();
    assertThat(client.received.get(0).snapshot()).isFalse();
    assertThat(client.position).isEqualTo(other);
    history.loop.advance(Watch.BOOKMARK_AFTER);
    client.readAll();
    assertThat(client.received).hasSize(2).noneMatch(WatchEvent::snapshot);
    history.recovering = false;
    history.loop.run(() -> history.hub.wakeAll());
    client.readAll();
    assertThat(client.received.get(2).snapshot()).isTrue();
    assertThat(client.received.get(2).recovering()).isFalse();
    assertThat(client.held).isEqualTo(FollowedHistory.state(history.catalog(), client.selector));
  }

  @Test
  void othersAreToldSo_andWhenItIsOver() {
    history.recovering = true;
    Client client = history.follow(View.USABLE);
    client.readAll();
    history.commit(put("a", "x", 1));
    client.readAll();
    assertThat(client.received).hasSize(2).allMatch(WatchEvent::recovering);
    history.recovering = false;
    history.loop.run(() -> history.hub.wakeAll());
    client.readAll();
    assertThat(client.received).hasSize(3);
    assertThat(client.received.get(2)).isEqualTo(WatchEvent.bookmark(client.position));
    assertThat(client.read(1)).isZero();
  }
}
