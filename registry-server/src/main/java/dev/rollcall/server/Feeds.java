// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.config.Config;
import dev.rollcall.server.ledger.Ledgers;
import dev.rollcall.server.store.Kept;
import dev.rollcall.server.store.Store;
import java.util.List;

/**
 * One store feeds two sets of ledgers: those of services, and those of configuration, which is kept
 * under names of its own.
 */
record Feeds(Ledgers services, Ledgers settings) implements Store.Feed {
  /** What of this belongs to services. */
  static Kept ofServices(Kept kept) {
    return new Kept(
        kept.namespaces().stream().filter(one -> !Config.isKeptAs(name(one))).toList(),
        kept.clockMillis(),
        kept.clockWallMillis(),
        kept.newborn());
  }

  /** What of this belongs to configuration. */
  static Kept ofSettings(Kept kept) {
    return new Kept(
        kept.namespaces().stream().filter(one -> Config.isKeptAs(name(one))).toList(),
        0,
        0,
        kept.newborn());
  }

  private static String name(Kept.Namespace kept) {
    return kept.catalog().namespace();
  }

  private Ledgers of(String namespace) {
    return Config.isKeptAs(namespace) ? settings : services;
  }

  @Override
  public void committed(String namespace, List<Commit> commits) {
    of(namespace).committed(namespace, commits);
  }

  @Override
  public void failed(Store.Append append, Store.Failure why) {
    of(append.namespace()).failed(append, why);
  }

  @Override
  public void overtaken(Store.Append append, Position head) {
    of(append.namespace()).overtaken(append, head);
  }

  @Override
  public void reset(Kept.Namespace now) {
    of(name(now)).reset(now);
  }

  @Override
  public Catalog view(String namespace) {
    return of(namespace).view(namespace);
  }

  @Override
  public void recovering(String namespace, Store.Recovering now) {
    of(namespace).recovering(namespace, now);
  }
}
