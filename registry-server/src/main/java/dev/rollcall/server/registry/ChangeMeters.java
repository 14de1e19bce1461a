// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.ledger.ChangeListener;
import dev.rollcall.server.telemetry.Meters;
import org.jspecify.annotations.Nullable;

/**
 * Counts changes. Each of several servers counts every change that it applies, whoever made it: a
 * sum over servers counts each change once a server.
 */
public final class ChangeMeters implements ChangeListener {
  private final Meters meters;

  /** Into these. */
  public ChangeMeters(Meters meters) {
    this.meters = meters;
  }

  @Override
  public void changed(String namespace, @Nullable Registration before, Commit commit) {
    Change change = commit.change();
    Cause.Kind kind = change.cause().kind();
    if (kind == Cause.Kind.LEASE_EXPIRED) {
      meters.leaseExpired();
    }
    if (change instanceof Change.Remove) {
      meters.removed(kind);
    } else if (!(change instanceof Change.Put)) {
      meters.configChanged();
    } else if (byOwner(kind)) {
      meters.registered(kind);
    }
  }

  private static boolean byOwner(Cause.Kind kind) {
    return switch (kind) {
      case REGISTERED, UPDATED, REPLACED -> true;
      default -> false;
    };
  }
}
