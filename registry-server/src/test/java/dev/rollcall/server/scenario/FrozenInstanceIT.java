// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.Event;
import dev.rollcall.registry.v1.ListRequest;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.testing.BeatingProcess;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.Events;
import dev.rollcall.server.testing.Figures;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.ServerProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A program that is stopped and goes on. Time passes here: that is the test. */
final class FrozenInstanceIT {
  private static final int TTL_SECONDS = 3;
  private static final int EVERYBODY = 25;

  /** They are listed one by one and beat when all are. */
  private static final int EVERYBODYS_TTL = 6;

  private static final int FREEZES = Figures.usuallyOrLong(1, 10);

  @TempDir Path data;

  @Test
  void frozenForLessThanItsLease_nothingHappens() throws Exception {
    try (ServerProcess server = ServerProcess.start(data);
        Client client = new Client(server.grpcPort())) {
      Process service = BeatingProcess.start(server.grpcPort(), "short", "ttl=" + TTL_SECONDS);
      try {
        for (int i = 0; i < FREEZES; i++) {
          // it beats in every third of its lease at the latest
          BeatingProcess.signal(service, "STOP");
          TimeUnit.MILLISECONDS.sleep(TTL_SECONDS * 500);
          BeatingProcess.signal(service, "CONT");
          TimeUnit.MILLISECONDS.sleep(TTL_SECONDS * 500);
        }
        assertThat(usable(client)).isOne();
        assertThat(Events.doubts(client, "killed-short")).isEmpty();
      } finally {
        service.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void frozenForLongerThanItsLease_isGoneInTime_andComesBackWhenToldSo() throws Exception {
    // else the fourth loss in a minute is held, as one too many of its service
    try (ServerProcess server = ServerProcess.start(data, "--protect-share=100%");
        Client client = new Client(server.grpcPort())) {
      Process service = BeatingProcess.start(server.grpcPort(), "long", "ttl=" + TTL_SECONDS);
      try {
        Iterator<WatchResponse> watch =
            client
                .calls(300_000)
                .watch(WatchRequest.newBuilder().addServices("killed-long").build());
        assertThat(watch.next().getChangesList()).hasSize(1);
        List<Long> nanos = new ArrayList<>();
        for (int i = 0; i < FREEZES; i++) {
          nanos.add(freezeUntilGone(service, watch));
          BeatingProcess.signal(service, "CONT");
          assertThat(service.inputReader().readLine()).isEqualTo("unknown");
          assertThat(next(watch).hasUpsert()).isTrue();
        }
        Figures.print(
            "SIGSTOP, lease of %d s, until it is gone: %s",
            TTL_SECONDS, Figures.percentiles(nanos));
        assertThat(Figures.percentile(nanos, 1))
            .isLessThan(TimeUnit.SECONDS.toNanos(10 * (TTL_SECONDS + 1)));
        List<Event> doubts = Events.doubts(client, "killed-long");
        assertThat(doubts).hasSize(FREEZES);
        assertThat(doubts)
            .allMatch(e -> e.getCause().getKind() == CauseKind.CAUSE_KIND_LEASE_EXPIRED);
      } finally {
        service.destroyForcibly().waitFor();
      }
      await().until(() -> usable(client) == 0);
    }
  }

  @Test
  void everybodyFrozen_isTakenForTheNetwork() throws Exception {
    freezeEverybody("");
  }

  @Test
  void everybodyFrozenOverRedis_isTakenForTheNetwork() throws Exception {
    try (RedisServer redis = RedisServer.start(data)) {
      freezeEverybody(redis.url());
    }
  }

  /** Services of one each, which no share protects. */
  private void freezeEverybody(String redisUrl) throws Exception {
    try (ServerProcess server =
            ServerProcess.start(data.resolve("server"), "--redis-url=" + redisUrl);
        Client client = new Client(server.grpcPort())) {
      List<String> words = new ArrayList<>(List.of("everybody", "ttl=" + EVERYBODYS_TTL));
      for (int i = 0; i < EVERYBODY; i++) {
        words.add("s" + i + "=1");
      }
      Process services = BeatingProcess.start(server.grpcPort(), words.toArray(String[]::new));
      try {
        // one that is alone with its silence is told by then
        BeatingProcess.start(server.grpcPort(), "alone", "ttl=" + TTL_SECONDS, "alone=1").destroy();
        await().atMost(Duration.ofSeconds(20)).until(() -> usable(client) == EVERYBODY);
        BeatingProcess.signal(services, "STOP");
        TimeUnit.SECONDS.sleep(2 * EVERYBODYS_TTL);
        assertThat(usable(client)).isEqualTo(EVERYBODY);
        BeatingProcess.signal(services, "CONT");
        TimeUnit.SECONDS.sleep(EVERYBODYS_TTL);
        for (int i = 0; i < EVERYBODY; i++) {
          assertThat(Events.doubts(client, "s" + i)).isEmpty();
        }
      } finally {
        services.destroyForcibly().waitFor();
      }
    }
  }

  private static long freezeUntilGone(Process service, Iterator<WatchResponse> watch)
      throws Exception {
    long stoppedNanos = System.nanoTime();
    BeatingProcess.signal(service, "STOP");
    assertThat(next(watch).hasRemoved()).isTrue();
    return System.nanoTime() - stoppedNanos;
  }

  /** The next change; an idle watch is also told where it stands. */
  private static Change next(Iterator<WatchResponse> watch) {
    WatchResponse message = watch.next();
    while (message.getChangesCount() == 0) {
      message = watch.next();
    }
    return message.getChanges(0);
  }

  private static int usable(Client client) {
    return client.calls().list(ListRequest.getDefaultInstance()).getServicesList().stream()
        .mapToInt(service -> service.getUsable())
        .sum();
  }
}
