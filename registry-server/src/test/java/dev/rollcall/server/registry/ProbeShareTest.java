// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.InstanceKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who probes whom. */
final class ProbeShareTest {
  private static final List<InstanceKey> KEYS =
      IntStream.range(0, 3_000).mapToObj(i -> new InstanceKey("s" + i % 7, "i" + i)).toList();

  private static Map<InstanceKey, String> owners(String... replicas) {
    Map<InstanceKey, String> owners = new HashMap<>();
    KEYS.forEach(key -> owners.put(key, ProbeShare.owner(List.of(replicas), "default", key, "me")));
    return owners;
  }

  private static long count(Map<InstanceKey, String> owners, String replica) {
    return owners.values().stream().filter(replica::equals).count();
  }

  @Test
  void nobodyPresent_everythingIsMine() {
    assertThat(count(owners(), "me")).isEqualTo(KEYS.size());
  }

  @Test
  void threeReplicas_shareAlike() {
    Map<InstanceKey, String> owners = owners("a", "b", "c");
    for (String replica : List.of("a", "b", "c")) {
      assertThat(count(owners, replica)).isBetween(850L, 1_150L);
    }
  }

  @Test
  void orderOfReplicas_doesNotMatter() {
    assertThat(owners("c", "a", "b")).isEqualTo(owners("a", "b", "c"));
  }

  @Test
  void replicaThatLeaves_onlyItsShareMoves() {
    Map<InstanceKey, String> before = owners("a", "b", "c");
    Map<InstanceKey, String> after = owners("a", "c");
    before.forEach(
        (key, owner) -> {
          if (!owner.equals("b")) {
            assertThat(after.get(key)).isEqualTo(owner);
          }
        });
    assertThat(count(after, "b")).isZero();
  }
}
