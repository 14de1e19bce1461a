// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Several clients' choice of a registry, on real sockets and a loop that is in a hurry. */
final class RegistriesTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final TestRegistry one = TestRegistry.start();
  private final TestRegistry two = TestRegistry.replicaOf(one);
  private final ThreadLoop thread = new ThreadLoop("test-loop");
  private final Loop loop = new HurriedLoop(thread);
  private final List<Registries> clients = new ArrayList<>();

  RegistriesTest() {
    var random = new Random(7);
    for (int i = 0; i < 20; i++) {
      clients.add(new Registries(loop, List.of(one.address(), two.address()), random));
    }
  }

  @AfterEach
  void close() {
    loop.execute(() -> clients.forEach(Registries::close));
    thread.close();
    one.close();
    two.close();
  }

  private <T> T onLoop(Supplier<T> what) {
    return CompletableFuture.supplyAsync(what, loop).join();
  }

  private List<String> used() {
    return onLoop(() -> clients.stream().map(client -> client.current().address()).toList());
  }

  private void lost(TestRegistry registry) {
    loop.execute(
        () ->
            clients.stream()
                .filter(client -> client.current().address().equals(registry.address()))
                .forEach(client -> client.failed(client.current(), Status.UNAVAILABLE)));
  }

  @Test
  void registryBack_itsClientsAreBack() throws Exception {
    List<String> atTheStart = used();
    assertThat(atTheStart).contains(one.address(), two.address());
    one.stop();
    lost(one);
    assertThat(used()).containsOnly(two.address());
    one.restart();
    await().atMost(SOON).until(() -> used().equals(atTheStart));
  }

  @Test
  void registryWithoutItsStore_isNoHome() {
    List<String> atTheStart = used();
    one.storeUp(false);
    lost(one);
    await().atMost(SOON).until(() -> one.statusAsked() > 10);
    assertThat(used()).containsOnly(two.address());
    one.storeUp(true);
    await().atMost(SOON).until(() -> used().equals(atTheStart));
  }
}
