// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import dev.rollcall.server.catalog.Rejection.Reason;
import java.time.Instant;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** What somebody asks for of the configuration. */
public sealed interface SettingCommand extends Command {
  /** The most that keys and values of a namespace may take together, in bytes. */
  long MOST_BYTES = 64L << 20;

  /**
   * Give this key this value.
   *
   * @param expected only if the key is at this revision now; 0: only if there is none; empty: in
   *     any case
   */
  record Put(String name, String value, OptionalLong expected, String caller)
      implements SettingCommand {
    @Override
    public InstanceKey key() {
      return Setting.name(name);
    }

    @Override
    public Decision decide(Catalog catalog, Instant now) {
      Setting before = catalog.settings().find(name);
      Rejection mismatch = mismatch(name, before, expected);
      if (mismatch != null) {
        return new Decision.Refused(mismatch);
      }
      if (before != null && before.value().equals(value)) {
        return new Decision.Nothing();
      }
      Cause.Kind kind = before == null ? Cause.Kind.REGISTERED : Cause.Kind.UPDATED;
      Cause cause = new Cause(kind, before == null ? "set" : "changed", caller, now);
      Setting after = new Setting(name, value, cause, 0);
      long bytes =
          catalog.settings().bytes() + after.bytes() - (before == null ? 0 : before.bytes());
      return bytes > MOST_BYTES
          ? new Decision.Refused(tooMuch(catalog, bytes))
          : new Decision.Accepted(new Change.Set(after));
    }

    private static Rejection tooMuch(Catalog catalog, long bytes) {
      return Rejection.of(
          Reason.CONFIG_FULL,
          "with this the namespace's configuration would take %d bytes (expected: at most %d); it holds %d keys: delete some"
              .formatted(bytes, MOST_BYTES, catalog.settings().byKey().size()));
    }
  }

  /**
   * Take this key away.
   *
   * @param expected only if the key is at this revision now; empty: in any case
   */
  record Delete(String name, OptionalLong expected, String caller) implements SettingCommand {
    @Override
    public InstanceKey key() {
      return Setting.name(name);
    }

    @Override
    public Decision decide(Catalog catalog, Instant now) {
      Setting before = catalog.settings().find(name);
      if (before == null) {
        return expected.isPresent() && expected.getAsLong() == 0
            ? new Decision.Nothing()
            : new Decision.Refused(
                Rejection.of(
                    Reason.KEY_UNKNOWN,
                    "no key %s (expected: an existing one); List shows those that are"
                        .formatted(name)));
      }
      Rejection mismatch = mismatch(name, before, expected);
      return mismatch != null
          ? new Decision.Refused(mismatch)
          : new Decision.Accepted(
              new Change.Unset(name, new Cause(Cause.Kind.DEREGISTERED, "deleted", caller, now)));
    }
  }

  private static @Nullable Rejection mismatch(
      String name, @Nullable Setting before, OptionalLong expected) {
    long now = before == null ? 0 : before.revision();
    if (expected.isEmpty() || expected.getAsLong() == now) {
      return null;
    }
    return Rejection.of(
        Reason.REVISION_MISMATCH,
        "key %s is at revision %d (expected_revision: %d); read it and decide again"
            .formatted(name, now, expected.getAsLong()));
  }
}
