// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Registrations on a loop whose timers run sixty times as fast. */
final class LeasesTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private static Lease lease() {
    ServiceInstance product =
        new ServiceInstance(
            "product", "a", "127.0.0.1:1", Map.of(), "", "", 1, Map.of(), List.of(), false);
    return new Lease(
        product,
        lookup -> CompletableFuture.completedFuture(product),
        new Lease.Terms(Duration.ZERO, Optional.empty()),
        Backoff.standard(new Random(7)));
  }

  @Test
  void register_aServerThatIsNoRegistry_isTriedAgain() throws Exception {
    TestRegistry registry = TestRegistry.start();
    registry.stop();
    int port = HostPort.parse(registry.address()).port();
    Server wrong =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port)).build().start();
    try (registry;
        var thread = new ThreadLoop("test-loop");
        var lookup = new Lookup(InetAddress::getByName, SOON)) {
      var loop = new HurriedLoop(thread);
      var registries = new Registries(loop, List.of(registry.address()), new Random(7));
      var backoff = Backoff.standard(new Random(7));
      var leases = new Leases(loop, "default", registries, backoff, lookup);
      Lease lease = lease();
      loop.execute(() -> leases.add(lease));
      await().atMost(SOON).until(() -> lease.lastTrouble.contains("UNIMPLEMENTED"));
      assertThat(lease.registered).isNotDone();
      wrong.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
      registry.restart();
      await().atMost(SOON).until(() -> registry.ids("product").equals(List.of("a")));
      loop.execute(registries::close);
    } finally {
      wrong.shutdownNow();
    }
  }
}
