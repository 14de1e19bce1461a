// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import static dev.rollcall.server.testing.Samples.instance;
import static dev.rollcall.server.testing.Samples.registration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MissedBeatsTest {
  private static final long SECOND = 1_000_000_000L;

  private final MissedBeats missedBeats = new MissedBeats();

  /** So many leases of so many seconds, and so many of others. */
  private static Catalog catalog(long revision, int some, int seconds, int more, int moreSeconds) {
    List<Registration> records = new ArrayList<>();
    for (int i = 0; i < some + more; i++) {
      Duration term = Duration.ofSeconds(i < some ? seconds : moreSeconds);
      records.add(registration(instance("a", "x" + i, i, term), "s" + i, Status.SERVING));
    }
    return Catalog.of("default", new Position("e", revision, revision), records);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 0, 1, 4000",
    "25, 10, 0, 1, 4000",
    "25, 3, 0, 1, 1200",
    "25, 1, 0, 1, 400",
    "1, 86400, 0, 1, 34560000",
    "10, 3, 90, 60, 24000",
    "11, 3, 89, 60, 1200",
    "90, 3, 10, 60, 1200",
  })
  void left_isTwoFifthsOfWhatNineOfTenHave(
      int some, int seconds, int more, int moreSeconds, long millis) {
    assertThat(missedBeats.left(catalog(1, some, seconds, more, moreSeconds), 0).toMillis())
        .isEqualTo(millis);
  }

  @Test
  void left_isLookedAtAgainAfterAChange_butNotAtEach() {
    assertThat(missedBeats.left(catalog(1, 1, 10, 0, 1), 0)).hasSeconds(4);
    assertThat(missedBeats.left(catalog(2, 1, 5, 0, 1), 4 * SECOND)).hasSeconds(4);
    assertThat(missedBeats.left(catalog(3, 1, 5, 0, 1), 5 * SECOND)).hasSeconds(2);
    assertThat(missedBeats.left(catalog(3, 1, 10, 0, 1), 50 * SECOND)).hasSeconds(2);
  }
}
