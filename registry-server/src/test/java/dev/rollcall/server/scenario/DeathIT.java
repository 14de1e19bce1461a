// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.DescribeInstanceRequest;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.server.testing.BeatingProcess;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.Figures;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.ServerProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * kill -9 of an instance, until its watchers know. Times are printed; the limit is 10 x the goal.
 */
final class DeathIT {
  private static final int KILLS =
      Integer.getInteger("rollcall.kills", Figures.usuallyOrLong(8, 20));
  private static final long LIMIT_NANOS = 1_000_000_000;

  @TempDir Path data;

  @Test
  void killedWithACheck_isKnownAtOnce() throws Exception {
    killWithACheck("");
  }

  @Test
  void killedWithACheckOverRedis_isKnownAtOnce() throws Exception {
    try (RedisServer redis = RedisServer.start(data)) {
      killWithACheck(redis.url());
    }
  }

  private void killWithACheck(String redisUrl) throws Exception {
    try (ServerProcess server =
            ServerProcess.start(data.resolve("server"), "--redis-url=" + redisUrl);
        Client client = new Client(server.grpcPort())) {
      List<Long> nanos = new ArrayList<>();
      for (int i = 0; i < KILLS; i++) {
        nanos.add(kill(server, client, "i" + i));
      }
      Figures.print(
          "%skill -9 with a check until the watcher knows: %s",
          redisUrl.isEmpty() ? "" : "redis: ", Figures.percentiles(nanos));
      assertThat(Figures.percentile(nanos, 0.5)).isLessThan(LIMIT_NANOS);
    }
  }

  /** Each is a service of its own: of one service no more than a few may be lost in a minute. */
  private static long kill(ServerProcess server, Client client, String id) throws Exception {
    Process service = BeatingProcess.start(server.grpcPort(), id, "checked");
    try {
      Iterator<WatchResponse> watch =
          client.calls().watch(WatchRequest.newBuilder().addServices("killed-" + id).build());
      awaitUsable(watch, id);
      var described =
          client
              .calls()
              .describeInstance(
                  DescribeInstanceRequest.newBuilder()
                      .setService("killed-" + id)
                      .setId(id)
                      .build());
      assertThat(described.getProbes(0).getPassed()).isTrue();
      assertThat(described.getLastHeard().getSeconds()).isLessThan(10);
      long killedNanos = System.nanoTime();
      service.destroyForcibly();
      Change gone = next(watch, id);
      long tookNanos = System.nanoTime() - killedNanos;
      assertThat(gone.hasRemoved()).isTrue();
      assertThat(gone.getCause().getKind()).isEqualTo(CauseKind.CAUSE_KIND_PROBE_FAILED);
      assertThat(gone.getCause().getText()).contains("refused");
      return tookNanos;
    } finally {
      service.destroyForcibly().waitFor();
    }
  }

  private static void awaitUsable(Iterator<WatchResponse> watch, String id) {
    while (true) {
      for (Change change : watch.next().getChangesList()) {
        if (change.hasUpsert() && change.getUpsert().getId().equals(id)) {
          return;
        }
      }
    }
  }

  private static Change next(Iterator<WatchResponse> watch, String id) {
    while (true) {
      for (Change change : watch.next().getChangesList()) {
        if (change.getRemoved().getId().equals(id) || change.getUpsert().getId().equals(id)) {
          return change;
        }
      }
    }
  }

  @Test
  void killedWithoutACheck_stopsServingAfter2s() throws Exception {
    try (ServerProcess server = ServerProcess.start(data);
        Client client = new Client(server.grpcPort())) {
      Process service = BeatingProcess.start(server.grpcPort(), "plain");
      Iterator<WatchResponse> watch =
          client.calls().watch(WatchRequest.newBuilder().addServices("killed-plain").build());
      awaitUsable(watch, "plain");
      long killedNanos = System.nanoTime();
      service.destroyForcibly().waitFor();
      Change gone = next(watch, "plain");
      Figures.print(
          "kill -9 without a check until the watcher knows: %d ms",
          (System.nanoTime() - killedNanos) / 1_000_000);
      assertThat(gone.hasRemoved()).isTrue();
      assertThat(gone.getCause().getKind()).isEqualTo(CauseKind.CAUSE_KIND_CONNECTION_LOST);
    }
  }
}
