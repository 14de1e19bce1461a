// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.catalog.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class ChoiceTest {
  private static final Position AT = new Position("e", 1, 1);

  private static Registration one(String id, int weight, Status status, String why) {
    Instance instance =
        new Instance(
            "chat",
            id,
            "10.0.0.1:1",
            Map.of(),
            "",
            "",
            weight,
            Map.of(),
            List.of(),
            Duration.ofSeconds(10),
            null,
            false);
    Cause cause = new Cause(Cause.Kind.PROBE_FAILED, why, "", Instant.EPOCH);
    return new Registration(
        instance, LeaseKey.of("secret"), status, false, Instant.EPOCH, cause, 1);
  }

  private static ServiceView service(Registration... all) {
    Catalog catalog = Catalog.empty("default", AT);
    for (Registration one : all) {
      catalog = catalog.with(one, AT);
    }
    return Objects.requireNonNull(catalog.service("chat"));
  }

  @Test
  void of_drawsByWeight_neverZeroOrUnusable() {
    ServiceView chat =
        service(
            one("a", 100, Status.SERVING, ""),
            one("b", 300, Status.SERVING, ""),
            one("c", 0, Status.SERVING, ""),
            one("d", 100, Status.NOT_SERVING, ""),
            one("e", 100, Status.DRAINING, ""),
            one("f", 100, Status.STARTING, ""));
    Map<String, Integer> drawn = new HashMap<>();
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 4_000; i++) {
      Registration chosen = Choice.of(chat, Set.of(), random::nextInt);
      drawn.merge(Objects.requireNonNull(chosen).instance().id(), 1, Integer::sum);
    }
    assertThat(drawn.keySet()).containsExactlyInAnyOrder("a", "b");
    assertThat(drawn.get("b")).isBetween(2_850, 3_150);
  }

  @Test
  void of_triedOnes_areLeftOut() {
    ServiceView chat = service(one("a", 100, Status.SERVING, ""), one("b", 1, Status.SERVING, ""));
    assertThat(Choice.of(chat, Set.of("a"), below -> below - 1))
        .matches(chosen -> chosen != null && chosen.instance().id().equals("b"));
    assertThat(Choice.of(chat, Set.of("a", "b"), below -> 0)).isNull();
  }

  @Test
  void whyNone_saysHowManyAndWhatHappenedLast() {
    assertThat(
            Choice.whyNone(
                service(
                    one("a", 100, Status.STARTING, ""),
                    one("b", 100, Status.NOT_SERVING, "2 probes failed: connection refused"))))
        .isEqualTo("chat: 2 instances, 0 serving: 2 probes failed: connection refused");
    assertThat(Choice.whyNone(service(one("a", 100, Status.STARTING, "registered"))))
        .isEqualTo(
            "chat: 1 instance, 0 serving: a is starting: its health check has not passed yet");
    assertThat(Choice.whyNone(service(one("a", 0, Status.SERVING, ""))))
        .isEqualTo("chat: 1 instance, 1 serving, all of weight 0");
  }
}
