// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.LossBudget;
import dev.rollcall.server.lease.Leases;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.probe.Prober;
import java.time.Duration;
import java.util.List;

/** What probes found, as commands. On the probe loop; nothing here blocks. */
public final class HealthVerdicts implements Prober.Verdicts {
  private final Ledgers ledgers;
  private final Leases leases;
  private final Losses losses;

  /** Over the ledgers; failures are losses, and a passing probe may be a beat. */
  public HealthVerdicts(Ledgers ledgers, Leases leases, Losses losses) {
    this.ledgers = ledgers;
    this.leases = leases;
    this.losses = losses;
  }

  @Override
  public void serving(String namespace, InstanceKey key, long revision, String text) {
    var unused =
        ledgers.submitUrgent(
            namespace, new Command.Verdict(key, revision, true, text, LossBudget.UNLIMITED));
  }

  @Override
  public void failing(String namespace, InstanceKey key, long revision, String text) {
    var unused =
        losses.submit(
            ledgers,
            namespace,
            key.service(),
            budget -> new Command.Verdict(key, revision, false, text, budget));
  }

  @Override
  public void passed(String namespace, InstanceKey key, LeaseKey lease) {
    var unused = leases.renew(namespace, List.of(lease));
  }

  @Override
  public void giveUp(String namespace, InstanceKey key, long revision, Duration notServing) {
    var unused = ledgers.submitUrgent(namespace, new Command.GiveUp(key, revision, notServing));
  }
}
