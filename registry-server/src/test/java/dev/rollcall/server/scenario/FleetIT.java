// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.ListRequest;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.Events;
import dev.rollcall.server.testing.Figures;
import dev.rollcall.server.testing.Fleet;
import dev.rollcall.server.testing.Getters;
import dev.rollcall.server.testing.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 1,000 programs that beat on streams of their own, and a registry in trouble: nobody is marked or
 * removed. Time passes here: that is the test.
 */
final class FleetIT {
  private static final int SIZE = 1_000;
  private static final int CALLERS = 64;

  @TempDir Path data;

  @Test
  void registryIsRestarted_marksNobody() throws Exception {
    int ttlSeconds = 3;
    List<Long> nanos = new ArrayList<>();
    ServerProcess server = ServerProcess.start(data);
    try (Fleet fleet = new Fleet(server.grpcPort(), "fleet", SIZE, ttlSeconds)) {
      for (int restart = 1; restart <= Figures.usuallyOrLong(1, 10); restart++) {
        long stoppedNanos = System.nanoTime();
        assertThat(server.terminate()).isZero();
        int ended = restart * SIZE;
        await().until(() -> fleet.ended() >= ended);
        server = server.startAgain(data);
        await().atMost(Duration.ofSeconds(30)).until(() -> fleet.living() == SIZE);
        nanos.add(System.nanoTime() - stoppedNanos);
        // longer than a lost connection is given, and than a lease
        TimeUnit.SECONDS.sleep(ttlSeconds + 2);
        checkNobodyWasDoubted(server, fleet);
      }
      Figures.print(
          "SIGTERM of the registry, started again, until %d streams beat: %s",
          SIZE, Figures.percentiles(nanos));
    } finally {
      server.close();
    }
  }

  @Test
  void registryIsFrozenForTwiceTheLease_marksNobody() throws Exception {
    int ttlSeconds = 2;
    try (ServerProcess server = ServerProcess.start(data);
        Fleet fleet = new Fleet(server.grpcPort(), "fleet", SIZE, ttlSeconds)) {
      for (int i = 0; i < Figures.usuallyOrLong(1, 10); i++) {
        server.signal("STOP");
        TimeUnit.SECONDS.sleep(2 * ttlSeconds);
        server.signal("CONT");
        // longer than the leases and what the outage added to them
        TimeUnit.SECONDS.sleep(3 * ttlSeconds + 1);
        checkNobodyWasDoubted(server, fleet);
      }
      assertThat(fleet.ended()).isZero();
    }
  }

  @Test
  void readersSaturateTheRegistry_heartbeatsGetThrough() throws Exception {
    int ttlSeconds = 6;
    long intervalNanos = TimeUnit.SECONDS.toNanos(ttlSeconds) / 3;
    try (ServerProcess server = ServerProcess.start(data);
        Fleet fleet = new Fleet(server.grpcPort(), "fleet", SIZE, ttlSeconds)) {
      try (Getters getters = new Getters(server.grpcPort(), "fleet", CALLERS)) {
        await().until(() -> getters.answers() > CALLERS);
        fleet.takeAnswerNanos();
        long before = getters.answers();
        int seconds = Figures.usuallyOrLong(10, 60);
        TimeUnit.SECONDS.sleep(seconds);
        List<Long> beats = fleet.takeAnswerNanos();
        Figures.print(
            "heartbeats while %d callers Get %d instances %d times a second: %s; a third of the"
                + " interval is %d ms",
            CALLERS,
            SIZE,
            (getters.answers() - before) / seconds,
            Figures.percentiles(beats),
            intervalNanos / 3_000_000);
        assertThat(beats).hasSizeGreaterThan(SIZE);
        assertThat(Figures.percentile(beats, 0.99)).isLessThan(10 * intervalNanos / 3);
        assertThat(getters.failures()).isZero();
      }
      checkNobodyWasDoubted(server, fleet);
      assertThat(fleet.ended()).isZero();
    }
  }

  private static void checkNobodyWasDoubted(ServerProcess server, Fleet fleet) {
    try (Client client = new Client(server.grpcPort())) {
      assertThat(Events.doubts(client, "fleet")).isEmpty();
      var services = client.calls().list(ListRequest.getDefaultInstance()).getServicesList();
      assertThat(services.get(0).getUsable()).isEqualTo(SIZE);
      var found = client.calls().get(GetRequest.newBuilder().setService("fleet").build());
      assertThat(found.getInstancesList()).hasSize(SIZE).noneMatch(i -> i.getProtected());
      assertThat(fleet.unknown()).isZero();
      assertThat(fleet.living()).isEqualTo(SIZE);
    }
  }
}
