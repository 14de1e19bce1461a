// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store.redis;

import static dev.rollcall.server.store.Samples.key;
import static dev.rollcall.server.store.Samples.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.store.LeaseTable;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.Samples;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What leases in Redis are given when nobody has looked after them; the last look is put back. */
@Execution(ExecutionMode.CONCURRENT)
final class OutageIT {
  private static final String NS = "shop";
  private static final InstanceKey A = key("a");

  /** Of the sample. */
  private static final long TTL_MILLIS = 10_500;

  /** A test is slower than Redis. */
  private static final long SLACK_MILLIS = 8_000;

  @TempDir Path directory;

  private RedisServer redis;
  private Replica replica;

  @BeforeEach
  void start() {
    redis = RedisServer.start(directory);
    replica = Replica.open(redis.url(), new ShiftedClock(), 1);
    replica.commit(NS, put(A, "1"));
  }

  @AfterEach
  void stop() {
    replica.close();
    redis.close();
  }

  /** Looks after the leases, as if nobody had done so for a while and this lease had ended then. */
  private Set<InstanceKey> endedAfter(long millis, LeaseTable.Look look) throws Exception {
    long now = System.currentTimeMillis();
    Keys keys = Keys.of(NS);
    try (var client = redis.client()) {
      client.hset(Keys.text(keys.meta()), "swept", Long.toString(now - millis));
      client.zadd(Keys.text(keys.lease()), now - millis, A.toString());
    }
    return due(look).keySet();
  }

  private Map<InstanceKey, Duration> due(LeaseTable.Look look) throws Exception {
    String epoch = replica.view(NS).position().epoch();
    return replica.store.leases().due(NS, epoch, look).get(20, TimeUnit.SECONDS).ended();
  }

  private LeaseTable.Term term() throws Exception {
    return replica.store.leases().terms(NS, List.of(A)).get(20, TimeUnit.SECONDS).get(A);
  }

  private long remainingMillis() throws Exception {
    return term().left().toMillis();
  }

  private static LeaseTable.Look look(Set<String> dead, Duration outage) {
    return new LeaseTable.Look(Duration.ZERO, dead, outage, LeaseTable.MOST);
  }

  @Test
  void lookThatIsLate_isAnOutage_andGivesTheWholeTimeAndAsMuchAgain() throws Exception {
    assertThat(endedAfter(300_000, LeaseTable.Look.USUAL)).isEmpty();
    assertThat(remainingMillis())
        .isBetween(TTL_MILLIS + 150_000 - SLACK_MILLIS, TTL_MILLIS + 150_000);
  }

  @Test
  void twoLooksMissed_areAnOutageToo() throws Exception {
    // so much time that only what is put back decides, however slow the machine is
    LeaseTable.Look patient = look(Set.of(), Duration.ofMinutes(2));
    assertThat(endedAfter(60_000, patient)).containsExactly(A);
    assertThat(endedAfter(1_500, LeaseTable.Look.USUAL)).isEmpty();
    assertThat(remainingMillis())
        .isBetween(TTL_MILLIS + 1_500 - SLACK_MILLIS, TTL_MILLIS + 1_500 + SLACK_MILLIS);
  }

  @Test
  void whoIsToBeKnownSoon_isGivenNoMoreThanThat() throws Exception {
    Duration minute = Duration.ofMinutes(1);
    var look = new LeaseTable.Look(Duration.ZERO, Set.of(), LeaseTable.OUTAGE, minute);
    assertThat(endedAfter(140_000, look)).isEmpty();
    assertThat(remainingMillis()).isBetween(TTL_MILLIS + 52_000, TTL_MILLIS + 60_000);
  }

  @Test
  void hiccups_leaveARealOutageItsOwn() throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(endedAfter(1_500, LeaseTable.Look.USUAL)).isEmpty();
      overTheOutage();
    }
    assertThat(endedAfter(1_500, LeaseTable.Look.USUAL)).containsExactly(A);
    assertThat(endedAfter(60_000, LeaseTable.Look.USUAL)).isEmpty();
  }

  /** Puts the last one back so far that it gives nobody anything any more. */
  private void overTheOutage() {
    try (var client = redis.client()) {
      client.hset(Keys.text(Keys.of(NS).meta()), "outage_end", "1");
    }
  }

  @Test
  void whatAnOutageAdds_isNoBeat() throws Exception {
    assertThat(endedAfter(60_000, LeaseTable.Look.USUAL)).isEmpty();
    long silentMillis = 60_000 + TTL_MILLIS;
    assertThat(term().silence().toMillis()).isBetween(silentMillis, silentMillis + SLACK_MILLIS);
    // all that it gave goes by, and then another outage
    long given = remainingMillis();
    overTheOutage();
    Keys keys = Keys.of(NS);
    try (var client = redis.client()) {
      client.zincrby(Keys.text(keys.lease()), -given, A.toString());
      // whoever is protected, or not looked at in another outage, is asked for later
      assertThat(client.pttl(Keys.text(keys.heard()))).isGreaterThan(86_400_000L);
    }
    assertThat(due(look(Set.of("replica-1"), LeaseTable.OUTAGE))).isEmpty();
    assertThat(term().silence().toMillis()).isBetween(silentMillis, silentMillis + SLACK_MILLIS);
    overTheOutage();
    try (var client = redis.client()) {
      client.zincrby(Keys.text(keys.lease()), -given, A.toString());
    }
    assertThat(due(look(Set.of(), Duration.ofMinutes(2))).get(A))
        .isBetween(Duration.ofMillis(silentMillis), Duration.ofMillis(silentMillis + SLACK_MILLIS));
    // a beat is one, and takes nothing of what is still to come
    assertThat(endedAfter(60_000, LeaseTable.Look.USUAL)).isEmpty();
    String epoch = replica.view(NS).position().epoch();
    var beat = new LeaseTable.Beat(A, Duration.ofMillis(TTL_MILLIS));
    replica.store.leases().renew(NS, epoch, List.of(beat)).get(20, TimeUnit.SECONDS);
    assertThat(term().silence().toMillis()).isBetween(0L, SLACK_MILLIS);
    assertThat(remainingMillis()).isGreaterThan(TTL_MILLIS + 60_000 - SLACK_MILLIS);
  }

  @Test
  void redisClockGoesBack_whatAnOutageAddedStaysNoBeat() throws Exception {
    assertThat(endedAfter(60_000, LeaseTable.Look.USUAL)).isEmpty();
    long silentMillis = 60_000 + TTL_MILLIS;
    try (var client = redis.client()) {
      // as after a step of a minute
      long swept = System.currentTimeMillis() + 60_000;
      client.hset(Keys.text(Keys.of(NS).meta()), "swept", Long.toString(swept));
    }
    assertThat(due(LeaseTable.Look.USUAL)).isEmpty();
    assertThat(term().silence().toMillis()).isBetween(silentMillis, silentMillis + SLACK_MILLIS);
  }

  @Test
  void beatOfAnOlderTerm_shortensNoLease() throws Exception {
    String epoch = replica.view(NS).position().epoch();
    var beat = new LeaseTable.Beat(A, Duration.ofMillis(TTL_MILLIS / 10));
    replica.store.leases().renew(NS, epoch, List.of(beat)).get(20, TimeUnit.SECONDS);
    assertThat(remainingMillis()).isGreaterThan(TTL_MILLIS - SLACK_MILLIS);
  }

  @Test
  void whatIsNoTime_stopsNobody() throws Exception {
    Keys keys = Keys.of(NS);
    assertThat(endedAfter(60_000, LeaseTable.Look.USUAL)).isEmpty();
    try (var client = redis.client()) {
      client.hset(Keys.text(keys.heard()), A.toString(), "garbage");
      assertThat(term().left().toMillis()).isGreaterThan(TTL_MILLIS);
      client.zincrby(Keys.text(keys.lease()), -TTL_MILLIS - 60_000, A.toString());
      assertThat(due(LeaseTable.Look.USUAL)).isEmpty();
      client.set(Keys.text(keys.heard()), "of another type");
      assertThat(term().left().toMillis()).isGreaterThan(TTL_MILLIS);
      client.zincrby(Keys.text(keys.lease()), -TTL_MILLIS - 60_000, A.toString());
      assertThat(due(LeaseTable.Look.USUAL)).isEmpty();
    }
  }

  @Test
  void silent_isWhoMissedTwoBeatsOfItsOwnTerm() throws Exception {
    Keys keys = Keys.of(NS);
    List<InstanceKey> fleet = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      InstanceKey one = new InstanceKey("fleet", "x" + i);
      fleet.add(one);
      Duration term = Duration.ofSeconds(i < 5 ? 100 : 1_000);
      Instance instance = Samples.instance("fleet", one.id(), i, term);
      replica.commit(NS, new Change.Put(Samples.registration(instance, one.id(), Status.SERVING)));
    }
    String epoch = replica.view(NS).position().epoch();
    try (var client = redis.client()) {
      for (long leftMillis : List.of(30_000L, 60_000L, 500_000L)) {
        long now = System.currentTimeMillis();
        client.hset(Keys.text(keys.meta()), "swept", Long.toString(now));
        for (InstanceKey one : fleet) {
          client.zadd(Keys.text(keys.lease()), now + leftMillis, one.toString());
        }
        LeaseTable.Look look = look(Set.of(), Duration.ofMinutes(5));
        // nothing has ended: nobody asks
        client.zadd(Keys.text(keys.lease()), now + leftMillis, A.toString());
        assertThat(replica.store.leases().due(NS, epoch, look).get(20, TimeUnit.SECONDS))
            .isEqualTo(new LeaseTable.Due(Map.of(), 26, 0, 0));
        client.zadd(Keys.text(keys.lease()), now - 1_000, A.toString());
        var due = replica.store.leases().due(NS, epoch, look).get(20, TimeUnit.SECONDS);
        assertThat(due.ended()).containsOnlyKeys(A);
        assertThat(due.looked()).isEqualTo(26);
        int silent = leftMillis == 30_000 ? 26 : leftMillis == 60_000 ? 21 : 1;
        assertThat(due.silent()).as("with %d ms left", leftMillis).isEqualTo(silent);
      }
    }
  }

  @Test
  void beatOfAnOlderAndLongerTerm_lengthensNoLeaseForLong() throws Exception {
    String epoch = replica.view(NS).position().epoch();
    var beat = new LeaseTable.Beat(A, Duration.ofMillis(100 * TTL_MILLIS));
    replica.store.leases().renew(NS, epoch, List.of(beat)).get(20, TimeUnit.SECONDS);
    beat = new LeaseTable.Beat(A, Duration.ofMillis(TTL_MILLIS));
    replica.store.leases().renew(NS, epoch, List.of(beat)).get(20, TimeUnit.SECONDS);
    assertThat(remainingMillis()).isLessThanOrEqualTo(TTL_MILLIS);
  }

  @Test
  void serverThatDiedMeanwhile_takesBackNothingThatTheOutageGave() throws Exception {
    assertThat(endedAfter(100_000, LeaseTable.Look.USUAL)).isEmpty();
    assertThat(endedAfter(0, look(Set.of("replica-1"), LeaseTable.OUTAGE))).isEmpty();
    assertThat(remainingMillis()).isGreaterThan(TTL_MILLIS + 100_000 - SLACK_MILLIS);
  }
}
