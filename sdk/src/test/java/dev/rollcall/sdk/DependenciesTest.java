// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.Instance;
import dev.rollcall.sdk.RollcallException.Reason;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a registration requires, and what it asks of the registry's own checks. */
final class DependenciesTest {
  private static final Duration SOON = Duration.ofSeconds(15);

  private final TestRegistry registry = TestRegistry.start();
  private final Rollcall rollcall = Rollcall.builder().registry(registry.address()).connect();
  private final List<DependencyChange> changes = new CopyOnWriteArrayList<>();

  @BeforeEach
  void pollOften() {
    Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
  }

  @AfterEach
  void close() {
    rollcall.close();
    registry.close();
  }

  private RegistrationBuilder order() {
    return rollcall
        .register("order", 7080)
        .id("o")
        .drainPause(Duration.ZERO)
        .requires("product", "stock");
  }

  private void awaitChanges(int count) {
    await().atMost(SOON).until(() -> changes.size() == count);
  }

  @Test
  void changes_areToldInOrder_alsoAfterAnOutage_untilUnmet() throws Exception {
    registry.list(Messages.instance("product", "a"));
    Registration registration = order().onDependencyChange(changes::add).start();
    awaitChanges(1);
    registry.list(Messages.instance("stock", "s"));
    awaitChanges(2);
    registry.list(Messages.instance("product", "b"));
    awaitChanges(3);
    registry.stop();
    registry.expire("product", "a");
    registry.restart();
    awaitChanges(4);
    registry.expire("product", "b");
    awaitChanges(5);
    assertThat(changes)
        .extracting(DependencyChange::toString)
        .containsExactly(
            "product: added a (REGISTERED), 1 usable",
            "stock: added s (REGISTERED), 1 usable",
            "product: added b (REGISTERED), 2 usable",
            "product: removed a (LEASE_EXPIRED: as the test said), 1 usable",
            "product: removed b (LEASE_EXPIRED: as the test said), unmet: none usable");
    assertThat(changes).extracting(DependencyChange::unmet).endsWith(false, true);
    registration.close();
    registry.list(Messages.instance("product", "c"));
    assertThat(rollcall.watch("product").awaitKnown(SOON)).isTrue();
    assertThat(changes).hasSize(5);
  }

  @Test
  void awaitDependencies_endsWhenAllAreMet() {
    Registration registration = order().start();
    registry.list(Messages.instance("product", "a"));
    var met = CompletableFuture.runAsync(() -> registration.awaitDependencies(SOON));
    registry.list(Messages.instance("stock", "s"));
    met.join();
  }

  @Test
  void awaitDependencies_unmet_namesThem() {
    registry.list(Messages.instance("product", "a"));
    Registration registration = order().start();
    registration.awaitRegistered(SOON);
    assertThatThrownBy(() -> registration.awaitDependencies(Duration.ofMillis(500)))
        .isInstanceOfSatisfying(
            RollcallException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMEOUT))
        .hasMessageContaining("requires stock, unmet")
        .hasMessageContaining("service stock has no usable instance");
  }

  @Test
  void awaitDependencies_registryAway_saysSo() throws Exception {
    registry.stop();
    assertThatThrownBy(() -> order().start().awaitDependencies(Duration.ofMillis(500)))
        .hasMessageContaining("requires product, stock")
        .hasMessageContaining("cannot be reached");
  }

  @Test
  void awaitUsable_isOverWhenCallersSeeIt_notWhenItIsOnlyListed() {
    Registration registration = order().start();
    assertThat(registration.awaitUsable(SOON).id()).isEqualTo("o");
    registration.drain("stays listed");
    assertThatThrownBy(() -> registration.awaitUsable(Duration.ofMillis(300)))
        .isInstanceOfSatisfying(
            RollcallException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMEOUT))
        .hasMessageContaining("order/o is not usable");
  }

  @Test
  void healthCheck_isSentAsDescribed() {
    var check =
        HealthCheck.http("/health", "http")
            .every(Duration.ofSeconds(2))
            .within(Duration.ofMillis(300))
            .removeAfter(Duration.ofMinutes(1));
    order().healthCheck(check).start().awaitRegistered(SOON);
    Instance listed = registry.instances("order").get(0);
    assertThat(listed.getHealthCheck().getHttp().getPath()).isEqualTo("/health");
    assertThat(listed.getHealthCheck().getHttp().getEndpoint()).isEqualTo("http");
    assertThat(listed.getHealthCheck().getInterval().getSeconds()).isEqualTo(2);
    assertThat(listed.getHealthCheck().getTimeout().getNanos()).isEqualTo(300_000_000);
    assertThat(listed.getHealthCheck().getRemoveAfter().getSeconds()).isEqualTo(60);
  }

  @Test
  void healthCheck_plain_leavesTheRestToTheRegistry() {
    assertThat(Wire.check(HealthCheck.grpc()).hasGrpc()).isTrue();
    assertThat(Wire.check(HealthCheck.grpc()).hasInterval()).isFalse();
    assertThat(Wire.check(HealthCheck.tcp()).hasTcp()).isTrue();
    assertThatThrownBy(() -> HealthCheck.http("health", "")).hasMessageContaining("starts with /");
    assertThatThrownBy(() -> HealthCheck.tcp().every(Duration.ZERO)).hasMessageContaining("every");
  }
}
