// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.View;
import java.util.List;
import org.junit.jupiter.api.Test;

final class BodyCacheTest {
  private final BodyCache cache = new BodyCache(10_000);
  private int made;

  private List<byte[]> get(String service, long revision, int bytes) {
    return cache.get(
        new BodyCache.Key("default", "e", service, View.USABLE, BodyCache.Use.ANSWER),
        revision,
        () -> {
          made++;
          return List.of(new byte[bytes]);
        });
  }

  @Test
  void body_isMadeOnceForEachRevision() {
    assertThat(get("a", 1, 10)).isSameAs(get("a", 1, 10));
    assertThat(made).isEqualTo(1);
    get("a", 2, 10);
    assertThat(made).isEqualTo(2);
  }

  @Test
  void leastRecentlyUsed_goesFirst() {
    for (String service : List.of("a", "b", "c", "d")) {
      get(service, 1, 2_000);
    }
    get("a", 1, 2_000);
    get("e", 1, 2_000);
    made = 0;
    get("a", 1, 2_000);
    assertThat(made).isZero();
    get("b", 1, 2_000);
    assertThat(made).isEqualTo(1);
  }

  @Test
  void hugeBody_isNotKept() {
    get("a", 1, 9_000);
    get("a", 1, 9_000);
    assertThat(made).isEqualTo(2);
  }
}
