// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rollcall.server.store.redis.RedisAddress.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.HostAndPort;

final class RedisAddressTest {
  @Test
  void parse_single_readsEveryPart() {
    assertThat(RedisAddress.parse("rediss://me@redis-1:6380/2"))
        .isEqualTo(
            new RedisAddress(
                Kind.SINGLE, List.of(new HostAndPort("redis-1", 6380)), "", true, "me", 2));
  }

  @Test
  void parse_sentinel_readsHostsAndMaster() {
    assertThat(RedisAddress.parse("redis-sentinel://a:1,[::1]:2/main"))
        .isEqualTo(
            new RedisAddress(
                Kind.SENTINEL,
                List.of(new HostAndPort("a", 1), new HostAndPort("::1", 2)),
                "main",
                false,
                "",
                0));
  }

  @Test
  void parse_cluster_readsHosts() {
    assertThat(RedisAddress.parse("rediss-cluster://me@a:1,b:2").kind()).isEqualTo(Kind.CLUSTER);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://a:1",
        "redis://a:1/3",
        "rediss-sentinel://a:1,b:2/main",
        "redis-cluster://a:1,b:2"
      })
  void toString_isTheUrlWithoutUser(String url) {
    assertThat(RedisAddress.parse(url)).hasToString(url);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "http://a:1",
        "redis://a",
        "redis://a:0",
        "redis://a:70000",
        "redis://a:1,b:2",
        "redis://a:1/x",
        "redis://me:secret@a:1",
        "redis-sentinel://a:1",
        "redis-cluster://a:1/2",
        "redis://a:99999999999"
      })
  void parse_anythingElse_isRefusedWithoutRepeatingIt(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisAddress.parse(url))
        .withMessageNotContaining("secret");
  }
}
