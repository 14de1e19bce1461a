// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import static dev.rollcall.server.testing.Samples.NOON;
import static dev.rollcall.server.testing.Samples.instance;
import static dev.rollcall.server.testing.Samples.lease;
import static dev.rollcall.server.testing.Samples.registration;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Rejection.Reason;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class CommandTest {
  private static final InstanceKey KEY = new InstanceKey("a", "x");
  private static final Position AT = new Position("e", 5, 1);
  private static final OptionalLong HEARD = OptionalLong.empty();

  private static Catalog holding(Status status) {
    Registration record = registration(instance("a", "x", 1), "mine", status).at(5);
    return Catalog.unborn("default").with(record, AT);
  }

  static Stream<Arguments> registrations() {
    Catalog empty = Catalog.unborn("default");
    Catalog serving = holding(Status.SERVING);
    return Stream.of(
        Arguments.of("a new id", empty, 1, "mine", HEARD, "REGISTERED"),
        Arguments.of("the same again", serving, 1, "mine", HEARD, "nothing"),
        Arguments.of("other content", serving, 2, "mine", HEARD, "UPDATED"),
        Arguments.of("a stranger, heard", serving, 1, "other", HEARD, "taken"),
        Arguments.of("a stranger, unheard", serving, 1, "other", OptionalLong.of(5), "REPLACED"),
        Arguments.of(
            "unheard, but an older record", serving, 1, "other", OptionalLong.of(4), "taken"),
        Arguments.of(
            "a stranger, not serving", holding(Status.NOT_SERVING), 1, "other", HEARD, "REPLACED"));
  }

  @ParameterizedTest(name = "{0}: {5}")
  @MethodSource("registrations")
  void register_isDecidedByTheSecretAndByWhoIsHeard(
      String name,
      Catalog catalog,
      int port,
      String secret,
      OptionalLong unheard,
      String expected) {
    Command command =
        new Command.Register(instance("a", "x", port), lease(secret), unheard, "10.1.1.1:9");
    Decision decision = command.decide(catalog, NOON);
    if (expected.equals("nothing")) {
      assertThat(decision).isEqualTo(new Decision.Nothing());
    } else if (expected.equals("taken")) {
      Rejection why = ((Decision.Refused) decision).why();
      assertThat(why.reason()).isEqualTo(Reason.INSTANCE_ID_TAKEN);
      assertThat(why.message()).contains("a/x").contains("10.0.0.1:1");
    } else {
      Change change = ((Decision.Accepted) decision).change();
      assertThat(change.cause().kind().name()).isEqualTo(expected);
      assertThat(change.cause().caller()).isEqualTo("10.1.1.1:9");
      assertThat(((Change.Put) change).registration().lease()).isEqualTo(lease(secret));
      assertThat(((Change.Put) change).registration().status()).isEqualTo(Status.SERVING);
    }
  }

  @Test
  void register_updateKeepsTheTimeOfTheFirst() {
    Command command =
        new Command.Register(instance("a", "x", 2), lease("mine"), HEARD, "10.1.1.1:9");
    Decision decision = command.decide(holding(Status.SERVING), NOON.plusSeconds(60));
    Change.Put put = (Change.Put) ((Decision.Accepted) decision).change();
    assertThat(put.registration().registeredAt()).isEqualTo(NOON);
    assertThat(put.cause().time()).isEqualTo(NOON.plusSeconds(60));
  }

  @Test
  void deregister_byItsOwnerOrAnOperatorOnly() {
    Catalog serving = holding(Status.SERVING);
    assertThat(removalCause(new Command.Deregister(KEY, lease("mine"), "", "c"), serving))
        .isEqualTo(Cause.Kind.DEREGISTERED);
    assertThat(removalCause(new Command.Deregister(KEY, null, "broken", "c"), serving))
        .isEqualTo(Cause.Kind.OPERATOR);
    assertThat(new Command.Deregister(KEY, lease("other"), "", "c").decide(serving, NOON))
        .isEqualTo(new Decision.Nothing());
    assertThat(new Command.Deregister(KEY, lease("mine"), "", "c").decide(unborn(), NOON))
        .isEqualTo(new Decision.Nothing());
    Decision unknown = new Command.Deregister(KEY, null, "", "c").decide(unborn(), NOON);
    assertThat(((Decision.Refused) unknown).why().reason()).isEqualTo(Reason.INSTANCE_UNKNOWN);
  }

  @Test
  void lapse_removesTheVeryRecordThatWentQuiet() {
    Command.Lapse lapse = new Command.Lapse(KEY, 5, Duration.ofMillis(10_240));
    Decision decision = lapse.decide(holding(Status.SERVING), NOON);
    Cause cause = ((Decision.Accepted) decision).change().cause();
    assertThat(cause.kind()).isEqualTo(Cause.Kind.LEASE_EXPIRED);
    assertThat(cause.text()).isEqualTo("no heartbeat for 10.2 s (lease 10.0 s)");
    Command.Lapse older = new Command.Lapse(KEY, 4, Duration.ofSeconds(10));
    assertThat(older.decide(holding(Status.SERVING), NOON)).isEqualTo(new Decision.Nothing());
    assertThat(lapse.decide(unborn(), NOON)).isEqualTo(new Decision.Nothing());
  }

  private static Catalog unborn() {
    return Catalog.unborn("default");
  }

  private static Cause.Kind removalCause(Command command, Catalog catalog) {
    Decision decision = command.decide(catalog, NOON);
    return ((Decision.Accepted) decision).change().cause().kind();
  }
}
