// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.Instance;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.LeaseKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.lease.Leases;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.loop.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * This server among its replicas. Each one registers itself in a namespace of the registry's own,
 * by the same rules as everybody else, so that all of them agree on who is there. On the lease
 * loop, but for {@link #replicas}.
 */
public final class Presence {
  /** The registry's own namespace: no client's name begins like that. */
  public static final String NAMESPACE = "_rollcall";

  private static final String SERVICE = "registry";
  static final Duration TTL = Duration.ofMillis(1_500);
  static final Duration BEAT_EVERY = Duration.ofMillis(400);

  private final Loop loop;
  private final Ledgers ledgers;
  private final Leases leases;
  private final Instance self;
  private final LeaseKey lease;
  private boolean leaving;

  /**
   * @param id of this run of this server
   * @param address where others reach it
   * @param secret of its own lease
   */
  public Presence(
      Loop loop, Ledgers ledgers, Leases leases, String id, String address, String secret) {
    this.loop = loop;
    this.ledgers = ledgers;
    this.leases = leases;
    this.lease = LeaseKey.of(secret);
    this.self =
        new Instance(
            SERVICE,
            id,
            address,
            Map.of(),
            "",
            "",
            Instance.DEFAULT_WEIGHT,
            Map.of(),
            List.of(),
            TTL,
            null,
            false);
  }

  /** The name of this run. */
  public String id() {
    return self.id();
  }

  /** Whether this record is that of a replica. */
  static boolean concerns(String namespace, InstanceKey key) {
    return namespace.equals(NAMESPACE) && key.service().equals(SERVICE);
  }

  /** Those that are there, each with its address; empty as long as not even this one is. */
  public List<Instance> replicas() {
    Catalog catalog = ledgers.catalog(NAMESPACE);
    ServiceView view = catalog.service(SERVICE);
    List<Instance> all = new ArrayList<>();
    if (view != null) {
      view.instances().values().forEach(registration -> all.add(registration.instance()));
    }
    return all;
  }

  /** Is there from now on. */
  public void start() {
    loop.execute(this::beat);
  }

  private void beat() {
    if (leaving) {
      return;
    }
    CompletableFuture<?> done =
        ledgers.catalog(NAMESPACE).heldBy(lease).isEmpty()
            ? register()
            : leases.renew(NAMESPACE, List.of(lease));
    var unused =
        done.whenCompleteAsync((outcome, failure) -> loop.schedule(BEAT_EVERY, this::beat), loop);
  }

  private CompletableFuture<Outcome<Catalog>> register() {
    return ledgers.submitUrgent(
        NAMESPACE, new Command.Register(self, lease, OptionalLong.empty(), ""));
  }

  /** Says goodbye, so that the others need not wait for the end of its lease. */
  public CompletableFuture<?> leave() {
    return CompletableFuture.runAsync(() -> leaving = true, loop)
        .thenCompose(
            left ->
                ledgers.submitUrgent(
                    NAMESPACE, new Command.Deregister(self.key(), lease, "stopping", "")));
  }
}
