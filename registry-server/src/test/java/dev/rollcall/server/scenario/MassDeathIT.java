// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.server.testing.BeatingProcess;
import dev.rollcall.server.testing.Client;
import dev.rollcall.server.testing.Figures;
import dev.rollcall.server.testing.RedisServer;
import dev.rollcall.server.testing.ServerProcess;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * 30, 50, 90 and 100 % of a service of 10 die at once: killed with health checks, killed without,
 * and frozen, so that only their leases tell. No service is emptied before the registry has doubted
 * for as long as it may, and then the truth is told. Time passes here: that is the test.
 */
final class MassDeathIT {
  private static final int SIZE = 10;

  /** With 30 % that may go, and 3 that always may. */
  private static final int MAY_GO = 3;

  private static final int[] DYING = {3, 5, 9, 10};
  private static final int TTL_SECONDS = 3;
  private static final int MOST_SECONDS = 5;
  private static final long CLEARLY_BEFORE_NANOS = TimeUnit.SECONDS.toNanos(MOST_SECONDS - 1);
  private static final long LIMIT_NANOS =
      TimeUnit.SECONDS.toNanos(10 * (MOST_SECONDS + TTL_SECONDS + 1));

  @TempDir Path data;

  /** How they die. */
  private enum Death {
    KILLED_WITH_CHECKS("KILL", "checked"),
    KILLED("KILL", "unchecked"),
    FROZEN("STOP", "unchecked");

    final String signal;
    final String check;

    Death(String signal, String check) {
      this.signal = signal;
      this.check = check;
    }

    String service(int dying) {
      return "s-" + ordinal() + "-" + dying;
    }
  }

  @Test
  void manyDieAtOnce_noServiceIsEmptied_andTheTruthIsToldInTheEnd() throws Exception {
    killMany("");
  }

  @Test
  void manyDieAtOnceOverRedis_noServiceIsEmptied_andTheTruthIsToldInTheEnd() throws Exception {
    try (RedisServer redis = RedisServer.start(data)) {
      killMany(redis.url());
    }
  }

  private void killMany(String redisUrl) throws Exception {
    Map<String, List<Long>> nanos = new LinkedHashMap<>();
    for (int i = 0; i < Figures.usuallyOrLong(1, 5); i++) {
      Path own = data.resolve("round-" + i);
      List<Process> programs = new ArrayList<>();
      try (ServerProcess server =
              ServerProcess.start(
                  own, "--protect-max=" + MOST_SECONDS + "s", "--redis-url=" + redisUrl);
          Client client = new Client(server.grpcPort())) {
        Map<Death, Process> dying = start(server, programs);
        for (Map.Entry<Death, Process> entry : dying.entrySet()) {
          BeatingProcess.signal(entry.getValue(), entry.getKey().signal);
        }
        follow(client)
            .forEach((name, told) -> nanos.computeIfAbsent(name, n -> new ArrayList<>()).add(told));
      } finally {
        for (Process program : programs) {
          program.destroyForcibly().waitFor();
        }
      }
    }
    nanos.forEach(
        (name, times) ->
            Figures.print(
                "%s%s until the truth is told: %s",
                redisUrl.isEmpty() ? "" : "redis: ", name, Figures.percentiles(times)));
  }

  /** One program holds all that will die in one way, another one their neighbours. */
  private static Map<Death, Process> start(ServerProcess server, List<Process> programs)
      throws IOException {
    Map<Death, Process> dying = new LinkedHashMap<>();
    for (Death death : Death.values()) {
      for (String part : List.of("dying", "staying")) {
        List<String> words = new ArrayList<>();
        words.addAll(List.of(part + death.ordinal(), death.check, "ttl=" + TTL_SECONDS));
        for (int count : DYING) {
          int own = part.equals("dying") ? count : SIZE - count;
          words.add(death.service(count) + "=" + own);
        }
        Process program = BeatingProcess.start(server.grpcPort(), words.toArray(String[]::new));
        programs.add(program);
        if (part.equals("dying")) {
          dying.put(death, program);
        }
      }
    }
    return dying;
  }

  /** How long each service took to be told as it is. */
  private static Map<String, Long> follow(Client client) throws InterruptedException {
    long diedNanos = System.nanoTime();
    Map<String, Long> toldNanos = new LinkedHashMap<>();
    while (toldNanos.size() < Death.values().length * DYING.length) {
      for (Death death : Death.values()) {
        for (int dying : DYING) {
          List<Instance> listed = listed(client, death.service(dying));
          long sinceNanos = System.nanoTime() - diedNanos;
          String name = dying + " of " + SIZE + " " + death;
          assertThat(sinceNanos).as("%s: %s", name, listed).isLessThan(LIMIT_NANOS);
          assertThat(staying(listed)).as(name).hasSize(SIZE - dying);
          if (sinceNanos < CLEARLY_BEFORE_NANOS) {
            assertThat(listed).as(name).hasSizeGreaterThanOrEqualTo(SIZE - MAY_GO);
          }
          if (listed.size() == SIZE - dying) {
            toldNanos.putIfAbsent(name, sinceNanos);
          }
        }
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return toldNanos;
  }

  private static List<Instance> staying(List<Instance> listed) {
    return listed.stream().filter(i -> i.getId().startsWith("staying")).toList();
  }

  /** What callers get; nothing where the last instance has gone altogether. */
  private static List<Instance> listed(Client client, String service) {
    try {
      return client
          .calls()
          .get(GetRequest.newBuilder().setService(service).build())
          .getInstancesList();
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
      return List.of();
    }
  }
}
