// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.sdk.TestBeats.Mode;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections that stay open and carry nothing, as behind a firewall that forgot them. */
final class BlackHoleIT {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final TestRegistry registry = TestRegistry.start();
  private final SwallowingProxy network;
  private final Rollcall rollcall;

  BlackHoleIT() throws IOException {
    network = new SwallowingProxy(registry.address());
    rollcall = Rollcall.builder().registry(network.address()).connect();
  }

  @AfterEach
  void close() throws IOException {
    rollcall.close();
    network.close();
    registry.close();
  }

  private void register(String id) {
    rollcall.register("product", 7001).id(id).start().awaitRegistered(SOON);
  }

  @Test
  void beats_oneAddress_goOnOnANewConnection() {
    register("a");
    await().atMost(SOON).until(() -> registry.keepAlives().count() >= 2);
    network.swallow();
    await().atMost(SOON).until(() -> registry.keepAlives().streams().size() >= 2);
    int before = registry.keepAlives().last().heard().size();
    await().atMost(SOON).until(() -> registry.keepAlives().last().heard().size() > before);
  }

  @Test
  void unaryBeats_oneAddress_goOnOnANewConnection() {
    registry.keepAlives().mode(Mode.UNKNOWN_METHOD);
    register("a");
    await().atMost(SOON).until(() -> registry.beats() >= 1);
    network.swallow();
    register("b");
    int before = registry.beats();
    await().atMost(SOON).until(() -> registry.beats() > before + 1);
  }

  @Test
  void watch_itsConnectionIsLeftByKeepalive() {
    ServiceWatch watch = rollcall.watch("product");
    assertThat(watch.awaitKnown(SOON)).isTrue();
    network.swallow();
    registry.list(Messages.instance("product", "b"));
    await().atMost(Duration.ofSeconds(25)).until(() -> watch.instances().size() == 1);
  }
}
