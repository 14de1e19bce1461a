// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.probe.HealthTally.Turn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A probe each second: + passes, - fails. */
final class HealthTallyTest {
  private static final long SECOND = 1_000_000_000L;
  private static final Duration TOOK = Duration.ofNanos(1_200_000);

  private long now = 77 * SECOND;

  private static HealthTally tally(int unhealthyAfter, int healthyAfter, Status status) {
    HealthCheck check =
        new HealthCheck(
            new HealthCheck.Tcp(""),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            unhealthyAfter,
            healthyAfter,
            Duration.ZERO);
    return new HealthTally(check, status, 5);
  }

  private @Nullable Turn probe(HealthTally tally, char outcome) {
    now += SECOND;
    return switch (outcome) {
      case '+' -> tally.passed(now, TOOK);
      case '!' -> tally.vanished(now, "connection refused");
      default -> tally.failed(now, "HTTP 503");
    };
  }

  private List<@Nullable Turn> probes(HealthTally tally, String outcomes) {
    List<@Nullable Turn> turns = new ArrayList<>();
    for (char outcome : outcomes.toCharArray()) {
      turns.add(probe(tally, outcome));
    }
    return turns;
  }

  /** What each probe says, if no verdict ever takes effect: . nothing, S serving, F failing. */
  @ParameterizedTest
  @CsvSource({
    "STARTING, 2, 1, +, S",
    "STARTING, 2, 1, ----+, ....S",
    "STARTING, 2, 3, ++-+++, .....S",
    "SERVING, 2, 1, ++++, ....",
    "SERVING, 2, 1, -+-+-, .....",
    "SERVING, 2, 1, -+--, ...F",
    "SERVING, 3, 1, --+---, .....F",
    "SERVING, 1, 1, -+-, F.F",
    "SERVING, 2, 1, !, F",
    "SERVING, 100, 1, -!, .F",
    "NOT_SERVING, 2, 1, ---+, ...S",
    "NOT_SERVING, 2, 2, +-+-++, .....S",
    "NOT_SERVING, 2, 1, !!, ..",
    "DRAINING, 1, 1, +-+-!, .....",
    "SERVING, 2, 1, -----, .FFFF",
  })
  void row_turnsWhenItIsLongEnough(
      Status status, int unhealthyAfter, int healthyAfter, String outcomes, String expected) {
    StringBuilder said = new StringBuilder();
    for (Turn turn : probes(tally(unhealthyAfter, healthyAfter, status), outcomes)) {
      said.append(turn == null ? '.' : turn.passed() ? 'S' : 'F');
    }
    assertThat(said).hasToString(expected);
  }

  @Test
  void texts_haveNumbers() {
    HealthTally serving = tally(2, 1, Status.SERVING);
    assertThat(probes(serving, "--").get(1))
        .extracting(Turn::text)
        .isEqualTo("2 probes failed: HTTP 503; no success since the registry began to probe it");
    assertThat(probes(serving, "+--").get(2))
        .extracting(Turn::text)
        .isEqualTo("2 probes failed: HTTP 503; last success 2 s ago");
    assertThat(probes(serving, "+!").get(1))
        .extracting(Turn::text)
        .isEqualTo(
            "connection lost, then 1 probe failed: connection refused; last success 1 s ago");
    assertThat(probe(tally(2, 1, Status.STARTING), '+'))
        .extracting(Turn::text)
        .isEqualTo("probe passed in 1.2 ms");
    assertThat(probes(tally(2, 2, Status.NOT_SERVING), "++").get(1))
        .extracting(Turn::text)
        .isEqualTo("2 probes passed, the last in 1.2 ms");
  }

  @Test
  void told_anotherRevisionOfTheSameStatus_keepsTheRowAndNamesTheNewest() {
    HealthTally tally = tally(2, 1, Status.SERVING);
    probe(tally, '-');
    tally.told(Status.SERVING, 9);
    assertThat(probe(tally, '-')).extracting(Turn::revision).isEqualTo(9L);
  }

  @Test
  void told_anotherStatus_beginsTheNextRow() {
    HealthTally tally = tally(2, 2, Status.SERVING);
    assertThat(probes(tally, "--").get(1)).isNotNull();
    tally.told(Status.NOT_SERVING, 6);
    assertThat(probes(tally, "+-+")).containsOnlyNulls();
    assertThat(probe(tally, '+')).extracting(Turn::revision).isEqualTo(6L);
    tally.told(Status.SERVING, 7);
    assertThat(probe(tally, '-')).isNull();
    assertThat(probe(tally, '-'))
        .extracting(Turn::text)
        .isEqualTo("2 probes failed: HTTP 503; last success 2 s ago");
  }

  @Test
  void turnWithoutEffect_isSaidAgainOnceAnInterval() {
    HealthTally tally = tally(1, 1, Status.SERVING);
    assertThat(tally.failed(now, "x")).isNotNull();
    assertThat(tally.failed(now + SECOND / 4, "x")).isNull();
    assertThat(tally.failed(now + SECOND, "x")).isNotNull();
  }

  @Test
  void turn_isSureAfterALostConnectionAndSteadyAfterALongRow() {
    List<@Nullable Turn> row = probes(tally(2, 1, Status.SERVING), "-----");
    assertThat(row.get(3)).matches(turn -> !turn.sure() && !turn.steady());
    assertThat(row.get(4)).matches(turn -> !turn.sure() && turn.steady());
    assertThat(probe(tally(2, 1, Status.SERVING), '!')).matches(Turn::sure).matches(Turn::steady);
    assertThat(probe(tally(2, 1, Status.STARTING), '+')).matches(Turn::steady);
    assertThat(probe(tally(2, 1, Status.NOT_SERVING), '+')).matches(turn -> !turn.steady());
  }
}
