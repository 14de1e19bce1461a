// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Command;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.lease.Leases;
import dev.rollcall.server.lease.LocalLeases;
import dev.rollcall.server.ledger.ChangeListener;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.LeaseMemory;
import dev.rollcall.server.telemetry.Meters;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Ties leases to records: a record that appears gets a lease, and a lease that ends becomes a
 * command.
 *
 * <p>{@link #changed} runs on the ledger loop, the rest on the lease loop.
 */
public final class Liveness implements ChangeListener, Leases.Listener {
  private final Leases leases;
  private final Losses losses;
  private final Losses.Settings protection;
  private final @Nullable Remembrance remembrance;
  private @Nullable Ledgers ledgers;
  private @Nullable ProbeShare share;
  private @Nullable Presence presence;

  /** Of a registry that is a single server: with leases in its memory. */
  public Liveness(Loop loop, InstantSource wallClock, Losses.Settings protection, Meters meters) {
    LocalLeases local = new LocalLeases(loop, this, meters);
    this.protection = protection;
    this.losses = new Losses(loop, protection);
    this.leases = local;
    this.remembrance = new Remembrance(loop, wallClock, local);
  }

  /** With leases that several servers share. */
  public Liveness(Loop loop, Losses.Settings protection, Function<Leases.Listener, Leases> leases) {
    this.protection = protection;
    this.losses = new Losses(loop, protection);
    this.leases = leases.apply(this);
    this.remembrance = null;
  }

  /** Who decides about losses. */
  public Losses losses() {
    return losses;
  }

  /** The leases. */
  public Leases leases() {
    return leases;
  }

  /**
   * Takes over what the store held. Call before any command; {@link #start} follows when the port
   * answers.
   *
   * @param memory where the leases of a single server are remembered; null: they are shared
   */
  public void open(
      Kept kept, @Nullable LeaseMemory memory, Ledgers intoLedgers, ProbeShare byShare) {
    this.share = byShare;
    this.ledgers = intoLedgers;
    if (remembrance != null && memory != null) {
      remembrance.open(kept, memory);
    }
    for (Kept.Namespace namespace : kept.namespaces()) {
      String name = namespace.catalog().namespace();
      for (var service : namespace.catalog().services().values()) {
        service.instances().values().forEach(registration -> take(name, registration));
      }
    }
  }

  /** Follows who is present among replicas from now on. */
  public void join(Presence among) {
    presence = among;
    present();
    among.start();
  }

  private void present() {
    ProbeShare of = share;
    Presence among = presence;
    if (of != null && among != null) {
      of.present(among.replicas());
    }
  }

  private void take(String namespace, Registration registration) {
    leases.revise(namespace, registration, waitsForABeat(registration));
    if (registration.held()) {
      losses.held(namespace, registration.key(), registration.revision());
    }
    probe(namespace, null, registration);
  }

  /** Lets time run. */
  public void start() {
    Ledgers into = ledgers;
    if (into != null) {
      losses.start(into);
    }
    leases.start();
    if (remembrance != null) {
      remembrance.start();
    }
  }

  @Override
  public void changed(String namespace, @Nullable Registration before, Commit commit) {
    if (commit.change() instanceof Change.Put put) {
      Registration now = put.registration();
      if (byOwner(put.cause().kind())) {
        leases.hold(namespace, now);
      }
      leases.revise(namespace, now, waitsForABeat(now));
      probe(namespace, before, now);
      if (now.held()) {
        losses.held(namespace, now.key(), now.revision());
      }
    } else {
      leases.drop(namespace, commit.change().key());
      if (before != null && before.instance().healthCheck() != null && share != null) {
        share.forget(namespace, before.key());
      }
    }
    if (before != null && before.held() && !held(commit.change())) {
      losses.free(namespace, before.key());
    }
    if (Presence.concerns(namespace, commit.change().key())) {
      if (commit.change().cause().kind() == Cause.Kind.LEASE_EXPIRED) {
        leases.peerLost(commit.change().key().id());
      }
      present();
    }
    if (commit.usableBefore() && isLoss(commit.change().cause().kind())) {
      losses.lost(namespace, commit.change().key());
    }
  }

  @Override
  public CompletableFuture<?> lapsed(
      String namespace, InstanceKey key, long revision, Duration silence) {
    Ledgers into = ledgers;
    return into == null
        ? CompletableFuture.completedFuture(null)
        : leases.mostlySilent(namespace, protection.most())
            // everybody at once: that is the registry's network, not theirs
            ? CompletableFuture.completedFuture(null)
            : losses.submit(
                into,
                namespace,
                key.service(),
                budget -> new Command.Lapse(key, revision, silence, budget));
  }

  @Override
  public void heardAgain(String namespace, InstanceKey key) {
    Ledgers into = ledgers;
    if (into != null) {
      var unused = into.submitUrgent(namespace, new Command.HeardAgain(key));
    }
  }

  private void probe(String namespace, @Nullable Registration before, Registration now) {
    boolean probed = before != null && before.instance().healthCheck() != null;
    if (share != null && (probed || now.instance().healthCheck() != null)) {
      share.mind(namespace, now);
    }
  }

  private static boolean held(Change change) {
    return change instanceof Change.Put put && put.registration().held();
  }

  /** Whether only a beat is missing for it to serve again. */
  private static boolean waitsForABeat(Registration registration) {
    return registration.status() == Status.NOT_SERVING
        && registration.instance().healthCheck() == null;
  }

  private static boolean isLoss(Cause.Kind kind) {
    return switch (kind) {
      case LEASE_EXPIRED, PROBE_FAILED, CONNECTION_LOST -> true;
      default -> false;
    };
  }

  /** Whether the owner spoke: then the record's lease begins anew. */
  private static boolean byOwner(Cause.Kind kind) {
    return switch (kind) {
      case REGISTERED, UPDATED, REPLACED, RECOVERED -> true;
      default -> false;
    };
  }
}
