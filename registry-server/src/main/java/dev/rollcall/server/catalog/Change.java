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

  /** The same change as committed at a revision. */
  Change at(long revision);

  /** Whether a reader of the view is shown the record after this change. */
  boolean shownIn(View view);

  /** The record of an instance is now this. */
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

    @Override
    public Change at(long revision) {
      return new Put(registration.at(revision));
    }

    @Override
    public boolean shownIn(View view) {
      return view.shows(registration);
    }
  }

  /** The record of an instance is gone. */
  record Remove(InstanceKey key, Cause cause) implements Change {
    @Override
    public Catalog applyTo(Catalog catalog, Position position) {
      return catalog.without(key, position);
    }

    @Override
    public Change at(long revision) {
      return this;
    }

    @Override
    public boolean shownIn(View view) {
      return false;
    }
  }

  /** The setting is now this. */
  record Set(Setting setting) implements Change {
    @Override
    public InstanceKey key() {
      return Setting.name(setting.key());
    }

    @Override
    public Cause cause() {
      return setting.cause();
    }

    @Override
    public Catalog applyTo(Catalog catalog, Position position) {
      return catalog.with(setting.at(position.revision()), position);
    }

    @Override
    public Change at(long revision) {
      return new Set(setting.at(revision));
    }

    @Override
    public boolean shownIn(View view) {
      return true;
    }
  }

  /** The setting is gone. */
  record Unset(String name, Cause cause) implements Change {
    @Override
    public InstanceKey key() {
      return Setting.name(name);
    }

    @Override
    public Catalog applyTo(Catalog catalog, Position position) {
      return catalog.without(name, position);
    }

    @Override
    public Change at(long revision) {
      return this;
    }

    @Override
    public boolean shownIn(View view) {
      return false;
    }
  }
}
