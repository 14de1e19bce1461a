// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import static dev.rollcall.server.testing.Samples.NOON;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.probe.ProbeTargets;
import dev.rollcall.server.probe.Prober;
import dev.rollcall.server.telemetry.Meters;
import dev.rollcall.server.testing.FakeLoop;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/** A prober that never probes: its loop stands still. */
final class NoProbes {
  private NoProbes() {}

  static ProbeShare share(Ledgers ledgers) {
    return new ProbeShare(new FakeLoop(), ledgers, prober(), "self");
  }

  private static Prober prober() {
    FakeLoop still = new FakeLoop();
    return new Prober(
        still,
        () -> NOON,
        new ProbeTargets(new ProbeTargets.Rules(List.of(), List.of(), Set.of(), port -> false)),
        new Silent(),
        new Meters(),
        task -> {
          Thread thread = new Thread(task, "no-probes");
          thread.setDaemon(true);
          return thread;
        });
  }

  private static final class Silent implements Prober.Verdicts {
    @Override
    public void serving(String namespace, InstanceKey key, long revision, String text) {}

    @Override
    public void failing(String namespace, InstanceKey key, long revision, String text) {}

    @Override
    public void passed(String namespace, InstanceKey key, LeaseKey lease) {}

    @Override
    public void giveUp(String namespace, InstanceKey key, long revision, Duration notServing) {}
  }
}
