// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is equal is held once, and never mistaken for anything else. */
final class SharedValuesTest {
  private final SharedValues shared = new SharedValues();

  private static String fresh(String text) {
    return new StringBuilder(text).toString();
  }

  @Test
  void equalValues_areOne() {
    String first = shared.of(fresh("product"));
    assertThat(shared.of(fresh("product"))).isSameAs(first);
    List<String> list = shared.of(List.of(fresh("a"), "b"));
    assertThat(shared.of(List.of(fresh("a"), "b"))).isSameAs(list);
  }

  @Test
  void maps_areOneIfAllIsEqual_elseTheirNamesAre() {
    Map<String, String> map = shared.ofMap(Map.of(fresh("http"), "a:1"));
    assertThat(shared.ofMap(Map.of(fresh("http"), fresh("a:1")))).isSameAs(map);
    Map<String, String> other = shared.ofMap(Map.of(fresh("http"), "a:2"));
    assertThat(other).isEqualTo(Map.of("http", "a:2"));
    assertThat(other.keySet().iterator().next()).isSameAs(map.keySet().iterator().next());
    assertThat(shared.ofMap(Map.of())).isEmpty();
  }

  @Test
  void moreValuesThanPlaces_areStillWhatTheyWere() {
    for (int round = 0; round < 2; round++) {
      assertThat(IntStream.range(0, 100_000)).allMatch(i -> shared.of("v" + i).equals("v" + i));
    }
    // equal hashes, other values
    assertThat(List.of(shared.of("Aa"), shared.of("BB"), shared.of("Aa")))
        .containsExactly("Aa", "BB", "Aa");
  }
}
