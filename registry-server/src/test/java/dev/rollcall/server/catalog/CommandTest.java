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
    Command.Lapse lapse =
        new Command.Lapse(KEY, 5, Duration.ofMillis(10_240), LossBudget.UNLIMITED);
    Decision decision = lapse.decide(holding(Status.SERVING), NOON);
    Cause cause = ((Decision.Accepted) decision).change().cause();
    assertThat(cause.kind()).isEqualTo(Cause.Kind.LEASE_EXPIRED);
    assertThat(cause.text()).isEqualTo("no heartbeat for 10.2 s (lease 10.0 s)");
    Command.Lapse older = new Command.Lapse(KEY, 4, Duration.ofSeconds(10), LossBudget.UNLIMITED);
    assertThat(older.decide(holding(Status.SERVING), NOON)).isEqualTo(new Decision.Nothing());
    assertThat(lapse.decide(unborn(), NOON)).isEqualTo(new Decision.Nothing());
  }

  static Stream<Command> lossesBeyondTheBudget() {
    LossBudget spent = new LossBudget(3, 0.3);
    return Stream.of(
        new Command.Lapse(KEY, 5, Duration.ofSeconds(10), spent),
        new Command.Verdict(KEY, 5, false, "probe failed", spent),
        new Command.ConnectionLost(KEY, 5, "connection lost", spent));
  }

  @ParameterizedTest
  @MethodSource("lossesBeyondTheBudget")
  void loss_beyondTheBudget_isHeldAndMarkedTruthfully(Command loss) {
    Decision decision = loss.decide(holding(Status.SERVING), NOON);
    Change.Put put = (Change.Put) ((Decision.Accepted) decision).change();
    assertThat(put.cause().kind()).isEqualTo(Cause.Kind.PROTECTED);
    assertThat(put.registration().status()).isEqualTo(Status.NOT_SERVING);
    assertThat(put.registration().usable()).isTrue();
  }

  static Stream<Arguments> verdicts() {
    return Stream.of(
        Arguments.of(Status.STARTING, true, 5L, "STARTED"),
        Arguments.of(Status.STARTING, false, 5L, "nothing"),
        Arguments.of(Status.SERVING, true, 5L, "nothing"),
        Arguments.of(Status.SERVING, false, 5L, "PROBE_FAILED"),
        Arguments.of(Status.SERVING, false, 4L, "nothing"),
        Arguments.of(Status.NOT_SERVING, true, 5L, "PROBE_PASSED"),
        Arguments.of(Status.NOT_SERVING, false, 5L, "nothing"),
        Arguments.of(Status.DRAINING, true, 5L, "nothing"),
        Arguments.of(Status.DRAINING, false, 5L, "nothing"));
  }

  @ParameterizedTest
  @MethodSource("verdicts")
  void verdict_turnsTheVeryRecordThatWasProbed(
      Status status, boolean passed, long revision, String expected) {
    Decision decision =
        new Command.Verdict(KEY, revision, passed, "found", LossBudget.UNLIMITED)
            .decide(holding(status), NOON);
    if (expected.equals("nothing")) {
      assertThat(decision).isEqualTo(new Decision.Nothing());
    } else {
      Change.Put put = (Change.Put) ((Decision.Accepted) decision).change();
      assertThat(put.cause().kind().name()).isEqualTo(expected);
      assertThat(put.registration().status())
          .isEqualTo(passed ? Status.SERVING : Status.NOT_SERVING);
      assertThat(put.registration().instance()).isEqualTo(instance("a", "x", 1));
    }
  }

  @Test
  void drain_byItsOwnerOrAnOperator_once() {
    Command.Drain drain = new Command.Drain(KEY, lease("mine"), "deploy", "c");
    Change.Put put =
        (Change.Put) ((Decision.Accepted) drain.decide(holding(Status.SERVING), NOON)).change();
    assertThat(put.registration().status()).isEqualTo(Status.DRAINING);
    assertThat(put.cause().text()).isEqualTo("drained by its owner: deploy");
    assertThat(drain.decide(holding(Status.DRAINING), NOON)).isEqualTo(new Decision.Nothing());
    Decision stranger =
        new Command.Drain(KEY, lease("other"), "", "c").decide(holding(Status.SERVING), NOON);
    assertThat(((Decision.Refused) stranger).why().reason()).isEqualTo(Reason.INSTANCE_UNKNOWN);
    Decision operator = new Command.Drain(KEY, null, "", "c").decide(holding(Status.SERVING), NOON);
    assertThat(((Decision.Accepted) operator).change().cause().kind())
        .isEqualTo(Cause.Kind.OPERATOR);
  }

  @Test
  void giveUp_removesOnlyWhatStillDoesNotServe() {
    Command.GiveUp giveUp = new Command.GiveUp(KEY, 5, Duration.ofSeconds(61));
    Decision decision = giveUp.decide(holding(Status.NOT_SERVING), NOON);
    Cause cause = ((Decision.Accepted) decision).change().cause();
    assertThat(cause.kind()).isEqualTo(Cause.Kind.REMOVE_AFTER);
    assertThat(cause.text()).isEqualTo("not serving for 61.0 s");
    assertThat(giveUp.decide(holding(Status.SERVING), NOON)).isEqualTo(new Decision.Nothing());
  }

  @Test
  void register_withACheck_startsAndKeepsItsStatusWhileTheTargetStays() {
    HealthCheck check =
        new HealthCheck(
            new HealthCheck.Tcp(""),
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            2,
            1,
            Duration.ZERO);
    Instance probed = probed(1, "v1", check);
    Registration serving =
        new Registration(probed, lease("mine"), Status.SERVING, false, NOON, causeOfNothing(), 5);
    Catalog catalog = Catalog.unborn("default").with(serving, AT);
    assertThat(statusAfter(Catalog.unborn("default"), probed)).isEqualTo(Status.STARTING);
    assertThat(statusAfter(catalog, probed(1, "v2", check))).isEqualTo(Status.SERVING);
    assertThat(statusAfter(catalog, probed(2, "v1", check))).isEqualTo(Status.STARTING);
    assertThat(statusAfter(catalog, instance("a", "x", 1))).isEqualTo(Status.SERVING);
  }

  private static Status statusAfter(Catalog catalog, Instance instance) {
    Command register = new Command.Register(instance, lease("mine"), HEARD, "c");
    Decision decision = register.decide(catalog, NOON);
    return ((Change.Put) ((Decision.Accepted) decision).change()).registration().status();
  }

  private static Cause causeOfNothing() {
    return new Cause(Cause.Kind.STARTED, "", "", NOON);
  }

  private static Instance probed(int port, String version, HealthCheck check) {
    Instance plain = instance("a", "x", port);
    return new Instance(
        plain.service(),
        plain.id(),
        plain.address(),
        plain.endpoints(),
        version,
        "",
        100,
        plain.metadata(),
        plain.requires(),
        plain.leaseTtl(),
        check,
        false);
  }

  private static Catalog unborn() {
    return Catalog.unborn("default");
  }

  private static Cause.Kind removalCause(Command command, Catalog catalog) {
    Decision decision = command.decide(catalog, NOON);
    return ((Decision.Accepted) decision).change().cause().kind();
  }
}
