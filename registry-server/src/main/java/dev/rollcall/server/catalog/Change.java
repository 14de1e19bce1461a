// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

/**
 * What happened to one record. Pure: the same change on the same catalog gives the same catalog.
 */
public sealed interface Change {
  /** The record it touches; a change touches exactly one. */
  InstanceKey key();

  /** Who and why. */
  Cause cause();

  /** The catalog after this change, committed at the position. */
  Catalog applyTo(Catalog catalog, Position position);

  /** The record is now this. */
  record Put(Registration registration) implements Change {
    @Override
    public InstanceKey key() {
      return registration.key();
    }

    @Override
    public Cause cause() {
      return registration.cause();
    }

    @Override
    public Catalog applyTo(Catalog catalog, Position position) {
      return catalog.with(registration.at(position.revision()), position);
    }
  }

  /** The record is gone. */
  record Remove(InstanceKey key, Cause cause) implements Change {
    @Override
    public Catalog applyTo(Catalog catalog, Position position) {
      return catalog.without(key, position);
    }
  }
}
