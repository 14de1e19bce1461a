// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import static dev.rollcall.server.testing.Samples.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.grpc.Wire;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

final class ChangeRingTest {
  private static final Selector ALL = new Selector(new TreeSet<>(), View.USABLE);
  private final ChangeRing ring = new ChangeRing(new Position("e", 0, 7), new Wire());

  private static Selector of(String service) {
    return new Selector(new TreeSet<>(Set.of(service)), View.USABLE);
  }

  private void add(long from, long to, String service) {
    for (long revision = from; revision <= to; revision++) {
      Position at = new Position("e", revision, revision * 31);
      ring.add(new Commit(at, false, put(service, "i" + revision % 10, 1)), 0);
      ring.publish(at);
    }
  }

  @Test
  void capacity_isExact() {
    add(1, ChangeRing.CAPACITY, "a");
    assertThat(ring.missed(ALL, 0, ring.head())).isNotNull();
    add(ChangeRing.CAPACITY + 1, ChangeRing.CAPACITY + 1, "a");
    assertThat(ring.missed(ALL, 0, ring.head())).isNull();
    assertThat(ring.missed(ALL, 1, ring.head())).isNotNull();
  }

  @Test
  void otherServices_doNotCostAFollowerItsPlace() {
    add(1, 5, "quiet");
    add(6, 2 * ChangeRing.CAPACITY, "busy");
    assertThat(ring.missed(of("quiet"), 5, ring.head()).frames()).isEmpty();
    assertThat(ring.missed(of("quiet"), 4, ring.head())).isNull();
    assertThat(ring.missed(of("never"), 0, ring.head()).frames()).isEmpty();
  }

  @Test
  void positions_areKnownByTheirNonceWithinTheCapacity() {
    add(1, 1_000, "a");
    assertThat(ring.knows(new Position("e", 0, 7))).isTrue();
    assertThat(ring.knows(new Position("e", 500, 500 * 31))).isTrue();
    assertThat(ring.knows(new Position("e", 500, 1))).isFalse();
    assertThat(ring.knows(new Position("f", 500, 500 * 31))).isFalse();
    assertThat(ring.knows(new Position("e", 1_001, 1_001 * 31))).isFalse();
    assertThat(ring.knows(new Position("e", -1, 0))).isFalse();
    add(1_001, ChangeRing.CAPACITY + 1_000, "a");
    assertThat(ring.knows(new Position("e", 1_000, 31_000))).isFalse();
    assertThat(ring.knows(new Position("e", 1_001, 1_001 * 31))).isTrue();
  }

  @Test
  void noncesOutliveFramesThatBytesCut() {
    add(1, 100, "a");
    for (int i = 0; i < 50; i++) {
      ring.dropOldest();
    }
    assertThat(ring.knows(new Position("e", 10, 310))).isTrue();
    assertThat(ring.missed(of("a"), 10, ring.head())).isNull();
    assertThat(ring.missed(of("a"), 50, ring.head()).frames()).hasSize(10);
    assertThat(ring.missed(of("b"), 10, ring.head()).frames()).isEmpty();
  }

  @Test
  void bytes_fallAsChangesGo() {
    add(1, 100, "a");
    long full = ring.bytes();
    assertThat(full).isPositive();
    for (int i = 0; i < 100; i++) {
      ring.dropOldest();
    }
    assertThat(ring.bytes()).isZero();
    ring.dropOldest();
    assertThat(ring.bytes()).isZero();
  }

  @Test
  void newestStateOfEachInstance_inTheOrderOfRevisions() {
    add(1, 25, "a");
    assertThat(ring.missed(of("a"), 0, ring.head()).frames()).hasSize(10);
    assertThat(ring.missed(of("a"), 24, ring.head()).frames()).hasSize(1);
    assertThat(ring.missed(of("a"), 0, new Position("e", 5, 5 * 31)).frames()).hasSize(5);
  }
}
