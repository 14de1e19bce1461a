// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import static dev.rollcall.server.testing.Samples.registration;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.loop.ThreadLoop;
import dev.rollcall.server.telemetry.Meters;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Thousands of targets that accept and never answer, over real sockets. */
final class HangingTargetsIT {
  private static final String NS = "default";
  private static final int HANGING = 2_000;
  private static final int GOOD = 50;
  private static final int ROUNDS = 5;
  private static final Duration INTERVAL = Duration.ofSeconds(1);
  private static final Duration TIMEOUT = Duration.ofMillis(500);

  private final Map<InstanceKey, List<Long>> passes = new ConcurrentHashMap<>();

  private final class Passes implements Prober.Verdicts {
    private final ThreadLoop loop;

    Passes(ThreadLoop loop) {
      this.loop = loop;
    }

    @Override
    public void serving(String namespace, InstanceKey key, long revision, String text) {}

    @Override
    public void failing(String namespace, InstanceKey key, long revision, String text) {}

    @Override
    public void passed(String namespace, InstanceKey key, LeaseKey lease) {
      passes.computeIfAbsent(key, k -> new CopyOnWriteArrayList<>()).add(loop.nanoTime());
    }

    @Override
    public void giveUp(String namespace, InstanceKey key, long revision, Duration time) {}
  }

  @Test
  void goodOnes_areProbedOnTime() throws IOException {
    ProbeTargets.Rules rules =
        new ProbeTargets.Rules(ProbeTargets.LOOPBACK, List.of(), Set.of(), port -> false);
    try (ThreadLoop loop = new ThreadLoop("probe-test");
        Prober prober =
            new Prober(
                loop,
                InstantSource.system(),
                new ProbeTargets(rules),
                new Passes(loop),
                new Meters(),
                HangingTargetsIT::daemon);
        ServerSocket hanging = new ServerSocket(0, 4_096, InetAddress.getLoopbackAddress());
        Listener good = new Listener(Listener.saying("HTTP/1.1 200 OK\r\n\r\n"))) {
      for (int i = 0; i < HANGING; i++) {
        mind(prober, "bad" + i, "127.0.0.1:" + hanging.getLocalPort());
      }
      for (int i = 0; i < GOOD; i++) {
        mind(prober, "good" + i, good.address());
      }
      await()
          .atMost(Duration.ofSeconds(20))
          .until(
              () ->
                  passes.size() == GOOD
                      && passes.values().stream().allMatch(times -> times.size() > ROUNDS));
      assertThat(passes.keySet()).allMatch(key -> key.id().startsWith("good"));
      for (List<Long> times : passes.values()) {
        for (int i = 2; i < times.size(); i++) {
          assertThat(Duration.ofNanos(times.get(i) - times.get(i - 1)))
              .isLessThan(INTERVAL.multipliedBy(3).dividedBy(2));
        }
      }
      assertThat(prober.results(NS, new InstanceKey("shop", "bad7")).get(0).detail())
          .startsWith("timed out after 500 ms while ");
    }
  }

  private static void mind(Prober prober, String id, String address) {
    HealthCheck check = Targets.check(new HealthCheck.Http("/", "", false), INTERVAL, TIMEOUT);
    Instance instance = Targets.renewedByProbes(Targets.instance(id, address, check));
    prober.mind(NS, registration(instance, "s-" + id, Status.SERVING).at(1));
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "probe-test");
    thread.setDaemon(true);
    return thread;
  }
}
