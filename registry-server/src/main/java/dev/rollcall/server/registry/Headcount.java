// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Counts;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.catalog.Status;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.telemetry.Census;
import java.util.Map;
import java.util.function.Supplier;

/** Counts who is listed, from catalogs as they are. From any thread; takes a walk over services. */
public final class Headcount implements Supplier<Census> {
  private final Ledgers ledgers;

  /** Of these. */
  public Headcount(Ledgers ledgers) {
    this.ledgers = ledgers;
  }

  @Override
  public Census get() {
    Census census = new Census();
    ledgers.born().forEach(catalog -> count(catalog, census));
    return census;
  }

  private static void count(Catalog catalog, Census into) {
    long held = 0;
    for (ServiceView service : catalog.services().values()) {
      Counts counts = service.counts();
      // what is usable without serving is held
      held += service.usable() - counts.serving();
      into.service(
          catalog.namespace(),
          service.name(),
          Map.of(
              Status.STARTING.name(), counts.starting(),
              Status.SERVING.name(), counts.serving(),
              Status.NOT_SERVING.name(), counts.notServing(),
              Status.DRAINING.name(), counts.draining()));
    }
    into.namespace(catalog.namespace(), catalog.position().revision(), held);
  }
}
