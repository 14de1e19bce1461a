// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import dev.rollcall.server.catalog.Rejection.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asks for. Each record holds its own rule. Rules are pure: the facts that they need
 * and that no catalog holds (whether a lease was heard, a made-up id) are part of the command.
 */
public sealed interface Command {
  /** The record that it is about. */
  InstanceKey key();

  /**
   * Decides against the newest catalog.
   *
   * @param now the wall clock, for display in the record and its cause
   */
  Decision decide(Catalog catalog, Instant now);

  /**
   * List this instance, held by this lease.
   *
   * @param unheard the revision of the record with this id whose lease was not heard since the
   *     server started, as seen when the command was made: that very record may be replaced without
   *     its secret. Empty if there is none.
   */
  record Register(Instance instance, LeaseKey lease, OptionalLong unheard, String caller)
      implements Command {
    @Override
    public InstanceKey key() {
      return instance.key();
    }

    @Override
    public Decision decide(Catalog catalog, Instant now) {
      Registration before = catalog.find(key());
      if (before == null) {
        return put(Cause.Kind.REGISTERED, "registered", now, now);
      }
      if (before.lease().equals(lease)) {
        return before.instance().equals(instance)
            ? new Decision.Nothing()
            : put(
                Cause.Kind.UPDATED,
                "registered again with other content",
                before.registeredAt(),
                now);
      }
      if (replaceable(before)) {
        String text = "took over from an instance at %s that is not heard any more";
        return put(Cause.Kind.REPLACED, text.formatted(before.instance().address()), now, now);
      }
      return new Decision.Refused(
          Rejection.of(
              Reason.INSTANCE_ID_TAKEN,
              "instance %s is registered at %s and alive; use another id, send its lease_id, or wait until its lease ends"
                  .formatted(key(), before.instance().address())));
    }

    private boolean replaceable(Registration before) {
      return before.status() == Status.NOT_SERVING
          || (unheard.isPresent() && unheard.getAsLong() == before.revision());
    }

    private Decision put(Cause.Kind kind, String text, Instant registeredAt, Instant now) {
      Cause cause = new Cause(kind, text, caller, now);
      return new Decision.Accepted(
          new Change.Put(
              new Registration(instance, lease, Status.SERVING, registeredAt, cause, 0)));
    }
  }

  /**
   * Take this instance off the list.
   *
   * @param lease who asks; null: an operator, by name
   */
  record Deregister(InstanceKey key, @Nullable LeaseKey lease, String reason, String caller)
      implements Command {
    @Override
    public Decision decide(Catalog catalog, Instant now) {
      Registration before = catalog.find(key);
      if (lease == null) {
        return before == null
            ? new Decision.Refused(unknown())
            : remove(Cause.Kind.OPERATOR, "deregistered by an operator", now);
      }
      // gone already, or another owner's by now: either way this owner's instance is not listed
      return before == null || !before.lease().equals(lease)
          ? new Decision.Nothing()
          : remove(Cause.Kind.DEREGISTERED, "deregistered by its owner", now);
    }

    private Rejection unknown() {
      return Rejection.of(
          Reason.INSTANCE_UNKNOWN, "no instance %s (expected: a listed one)".formatted(key));
    }

    private Decision remove(Cause.Kind kind, String text, Instant now) {
      String why = reason.isEmpty() ? text : text + ": " + reason;
      return new Decision.Accepted(new Change.Remove(key, new Cause(kind, why, caller, now)));
    }
  }

  /**
   * Its lease ended.
   *
   * @param revision of the record whose lease ended; a newer record has a newer lease
   * @param silence since it was last heard
   */
  record Lapse(InstanceKey key, long revision, Duration silence) implements Command {
    @Override
    public Decision decide(Catalog catalog, Instant now) {
      Registration before = catalog.find(key);
      if (before == null || before.revision() != revision) {
        return new Decision.Nothing();
      }
      String text =
          String.format(
              Locale.ROOT,
              "no heartbeat for %.1f s (lease %.1f s)",
              silence.toMillis() / 1000.0,
              before.instance().leaseTtl().toMillis() / 1000.0);
      return new Decision.Accepted(
          new Change.Remove(key, new Cause(Cause.Kind.LEASE_EXPIRED, text, "", now)));
    }
  }
}
