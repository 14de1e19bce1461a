// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.Instance;
import dev.rollcall.sdk.RollcallException.Reason;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class RollcallTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final TestRegistry registry = TestRegistry.start();
  private final Rollcall rollcall = Rollcall.builder().registry(registry.address()).connect();

  @BeforeEach
  void pollOften() {
    Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
  }

  @AfterEach
  void close() {
    rollcall.close();
    registry.close();
  }

  private Registration product(String id, int port) {
    return rollcall
        .register("product", port)
        .id(id)
        .endpoint("http", port + 1000)
        .version("1")
        .metadata("k", "v")
        .requires("stock")
        .start();
  }

  @Test
  void register_described_isListedSo() {
    Registration registration = product("a", 7001);
    assertThat(registration.awaitRegistered(SOON).address()).isEqualTo("127.0.0.1:7001");
    Instance listed = registry.instances("product").get(0);
    assertThat(listed.getEndpointsMap()).containsEntry("http", "127.0.0.1:8001");
    assertThat(listed.getMetadataMap()).containsEntry("k", "v");
    assertThat(listed.getRequiresList()).containsExactly("stock");
    assertThat(listed.getWeight()).isEqualTo(100);
    assertThat(listed.hasLeaseTtl()).isFalse();
  }

  @Test
  void metadata_changed_isListed_withoutLeaving() {
    Registration registration = product("a", 7001);
    registration.metadata(Map.of("k", "w"));
    await()
        .atMost(SOON)
        .until(
            () ->
                registry.instances("product").stream()
                    .anyMatch(one -> one.getMetadataMap().equals(Map.of("k", "w"))));
    List<String> seen = new CopyOnWriteArrayList<>();
    try (ServiceWatch watch = rollcall.watch("product", e -> seen.add(seen(e)))) {
      assertThat(watch.awaitKnown(SOON)).isTrue();
      registration.metadata(Map.of("k", "x"));
      await().atMost(SOON).until(() -> seen.equals(List.of("Added w", "Changed x")));
    }
    assertThat(registration.instance().metadata()).containsEntry("k", "x");
  }

  private static String seen(ServiceEvent event) {
    return event.getClass().getSimpleName() + " " + event.instance().metadata().get("k");
  }

  @Test
  void register_server_readsItsPort() throws Exception {
    Server server = ServerBuilder.forPort(0).build().start();
    try {
      Registration registration = rollcall.register("order", server).start();
      String id = registration.awaitRegistered(SOON).id();
      assertThat(id).endsWith("-" + server.getPort());
    } finally {
      server.shutdownNow();
    }
  }

  @Test
  void close_registration_leavesTheList() {
    Registration registration = product("a", 7001);
    registration.awaitRegistered(SOON);
    registration.close();
    registration.close();
    assertThat(registry.ids("product")).isEmpty();
  }

  @Test
  void close_client_takesEverythingBack() {
    product("a", 7001).awaitRegistered(SOON);
    product("b", 7002).awaitRegistered(SOON);
    rollcall.close();
    assertThat(registry.ids("product")).isEmpty();
    assertThatThrownBy(() -> rollcall.watch("product")).isInstanceOf(RollcallException.class);
  }

  @Test
  void register_registryAway_happensWhenItIsBack() throws Exception {
    registry.stop();
    Registration registration = product("a", 7001);
    assertThatThrownBy(() -> registration.awaitRegistered(Duration.ofMillis(50)))
        .isInstanceOfSatisfying(
            RollcallException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMEOUT));
    registry.restart();
    registration.awaitRegistered(SOON);
    assertThat(registry.ids("product")).containsExactly("a");
  }

  @Test
  void beats_keepComing_andReregisterWhatIsUnknown() {
    product("a", 7001).awaitRegistered(SOON);
    await().atMost(SOON).until(() -> registry.keepAlives().count() >= 2);
    registry.expire("product", "a");
    await().atMost(SOON).until(() -> registry.ids("product").equals(List.of("a")));
  }

  @Test
  void registry_restartedEmpty_isFilledAgain() throws Exception {
    product("a", 7001).awaitRegistered(SOON);
    product("b", 7002).awaitRegistered(SOON);
    registry.stop();
    registry.forget();
    registry.restart();
    await().atMost(SOON).until(() -> registry.ids("product").equals(List.of("a", "b")));
  }

  @Test
  void register_refused_saysWhatTheRegistrySaid() {
    Registration registration = rollcall.register("product", 7001).metadata("refuse", "1").start();
    assertThatThrownBy(() -> registration.awaitRegistered(SOON))
        .isInstanceOfSatisfying(
            RollcallException.class, e -> assertThat(e.reason()).isEqualTo(Reason.REFUSED))
        .hasMessageContaining("metadata: refuse");
  }

  @Test
  void register_idTaken_isRetriedUntilItIsFree() {
    registry.list(Messages.instance("product", "a"));
    Registration registration = product("a", 7001);
    assertThatThrownBy(() -> registration.awaitRegistered(Duration.ofMillis(300)))
        .hasMessageContaining("earlier copy");
    registry.expire("product", "a");
    registration.awaitRegistered(SOON);
  }

  @Test
  void watch_tellsWhoIsThere_thenChanges_withCause() {
    registry.list(Messages.instance("product", "a"));
    List<ServiceEvent> events = new CopyOnWriteArrayList<>();
    ServiceWatch watch =
        rollcall.watch(
            "product",
            event -> {
              events.add(event);
              throw new IllegalStateException("a listener's bug");
            });
    await().atMost(SOON).until(() -> events.size() == 1);
    registry.list(Messages.instance("product", "b"));
    await().atMost(SOON).until(() -> events.size() == 2);
    registry.list(Messages.instance("product", "b").toBuilder().setVersion("2").build());
    await().atMost(SOON).until(() -> events.size() == 3);
    registry.expire("product", "a");
    await().atMost(SOON).until(() -> events.size() == 4);
    assertThat(events.get(0)).isInstanceOf(ServiceEvent.Added.class);
    assertThat(events.get(2)).isInstanceOf(ServiceEvent.Changed.class);
    assertThat(events.get(3)).isInstanceOf(ServiceEvent.Removed.class);
    assertThat(events.get(3).cause().kind()).isEqualTo("LEASE_EXPIRED");
    assertThat(watch.instances()).extracting(ServiceInstance::id).containsExactly("b");
  }

  @Test
  void watch_slowListener_holdsOneTaskAndHearsTheDifference() throws Exception {
    registry.list(Messages.instance("product", "a"));
    var entered = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    List<String> heard = new CopyOnWriteArrayList<>();
    ServiceWatch watch =
        rollcall.watch(
            "product",
            event -> {
              heard.add(event.getClass().getSimpleName() + " " + event.instance().id());
              entered.countDown();
              awaitQuietly(goOn);
            });
    assertThat(entered.await(5, TimeUnit.SECONDS)).isTrue();
    for (int i = 0; i < 50; i++) {
      registry.list(Messages.instance("product", "x" + i));
      registry.expire("product", "x" + i);
    }
    registry.expire("product", "a");
    registry.list(Messages.instance("product", "z"));
    await().atMost(SOON).until(() -> idsOf(watch).equals(List.of("z")));
    assertThat(watch.queued()).isEqualTo(1);
    goOn.countDown();
    await().atMost(SOON).until(() -> heard.size() == 3);
    assertThat(heard).containsExactly("Added a", "Removed a", "Added z");
  }

  private static List<String> idsOf(ServiceWatch watch) {
    return watch.instances().stream().map(ServiceInstance::id).toList();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void watch_closed_isForgotten() {
    for (int i = 0; i < 3; i++) {
      rollcall.watch("product").close();
    }
    ServiceWatch open = rollcall.watch("product");
    assertThat(rollcall.openWatches()).isEqualTo(1);
    open.close();
    assertThat(rollcall.openWatches()).isZero();
  }

  @Test
  void watch_registryAway_keepsTheLastSet_andResumes() throws Exception {
    registry.list(Messages.instance("product", "a"));
    ServiceWatch watch = rollcall.watch("product");
    assertThat(watch.awaitKnown(SOON)).isTrue();
    registry.stop();
    await().atMost(SOON).until(() -> rollcall.staleFor().toMillis() > 100);
    assertThat(watch.instances()).hasSize(1);
    registry.list(Messages.instance("product", "b"));
    registry.restart();
    await().atMost(SOON).until(() -> watch.instances().size() == 2);
    assertThat(rollcall.staleFor()).isZero();
    assertThat(registry.snapshots()).isEqualTo(1);
  }

  @Test
  void watch_registryForgot_isResetByASnapshot() throws Exception {
    registry.list(Messages.instance("product", "a"));
    ServiceWatch watch = rollcall.watch("product");
    assertThat(watch.awaitKnown(SOON)).isTrue();
    registry.stop();
    registry.forget();
    registry.list(Messages.instance("product", "c"));
    registry.restart();
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(watch.instances()).extracting(ServiceInstance::id).containsExactly("c"));
  }

  @Test
  void watch_manyNames_shareOneStream() {
    List<ServiceWatch> all = List.of(rollcall.watch("a"), rollcall.watch("b"), rollcall.watch("c"));
    all.forEach(watch -> assertThat(watch.awaitKnown(SOON)).isTrue());
    var last = registry.watches().get(registry.watches().size() - 1);
    assertThat(last.getServicesList()).containsExactly("a", "b", "c");
  }

  @Test
  void pick_goesRound_skipsAvoidedAndWeightZero() {
    registry.list(Messages.instance("product", "a"));
    registry.list(Messages.instance("product", "b"));
    registry.list(Messages.instance("product", "c").toBuilder().setWeight(0).build());
    String first = rollcall.pick("product");
    String second = rollcall.pick("product");
    assertThat(List.of(first, second))
        .containsExactlyInAnyOrder("127.0.0.1:1097", "127.0.0.1:1098");
    assertThat(rollcall.pick("product", "", Set.of("127.0.0.1:1097"))).isEqualTo("127.0.0.1:1098");
  }

  @Test
  void pick_nothingFitting_saysWhy() {
    assertReason("product", "", Reason.NO_INSTANCE);
    registry.list(Messages.instance("stock", "a"));
    assertReason("stock", "http", Reason.NO_ENDPOINT);
  }

  @Test
  void pick_registryNeverReached_saysSo() throws Exception {
    registry.stop();
    long begun = System.nanoTime();
    assertReason("product", "", Reason.REGISTRY_UNREACHABLE);
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Directory.FIRST_ANSWER);
  }

  private void assertReason(String service, String endpoint, Reason reason) {
    assertThatThrownBy(() -> rollcall.pick(service, endpoint))
        .isInstanceOfSatisfying(
            RollcallException.class, e -> assertThat(e.reason()).isEqualTo(reason));
  }

  @Test
  void register_oneAddressHasNoHost_happensAtTheOther() {
    String addresses = "no-such-host.invalid:7070," + registry.address();
    try (Rollcall other = Rollcall.builder().registry(addresses).connect()) {
      Registration registration = other.register("order", 7001).id("o").start();
      assertThat(registration.awaitRegistered(SOON).address()).isEqualTo("127.0.0.1:7001");
    }
  }

  @Test
  void connect_severalRegistries_goesOnWithTheNext() {
    registry.list(Messages.instance("product", "a"));
    try (Rollcall other =
        Rollcall.builder().registry("127.0.0.1:1," + registry.address()).connect()) {
      assertThat(other.watch("product").awaitKnown(SOON)).isTrue();
      other.register("order", 7001).id("o").start().awaitRegistered(SOON);
    }
    assertThat(registry.ids("order")).isEmpty();
  }
}
