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
public sealed interface Command
    permits Command.Register,
        Command.Deregister,
        Command.Drain,
        Command.Lapse,
        Command.Verdict,
        Command.GiveUp,
        Command.ConnectionLost,
        Command.HeardAgain,
        Command.Release,
        SettingCommand {
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
        return listed(Cause.Kind.REGISTERED, "registered", now);
      }
      if (before.lease().equals(lease)) {
        return before.instance().equals(instance) ? new Decision.Nothing() : updated(before, now);
      }
      if (replaceable(before)) {
        String text = "took over from an instance at %s that is not heard any more";
        return listed(Cause.Kind.REPLACED, text.formatted(before.instance().address()), now);
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

    /** The same address and check: what is known of its health still holds. */
    private Decision updated(Registration before, Instant now) {
      boolean known = before.instance().sameTarget(instance);
      Cause cause =
          new Cause(Cause.Kind.UPDATED, "registered again with other content", caller, now);
      return new Decision.Accepted(
          new Change.Put(
              new Registration(
                  instance,
                  lease,
                  known ? before.status() : firstStatus(),
                  known && before.held(),
                  before.registeredAt(),
                  cause,
                  0)));
    }

    private Decision listed(Cause.Kind kind, String text, Instant now) {
      Cause cause = new Cause(kind, text, caller, now);
      return new Decision.Accepted(
          new Change.Put(new Registration(instance, lease, firstStatus(), false, now, cause, 0)));
    }

    private Status firstStatus() {
      return instance.healthCheck() == null ? Status.SERVING : Status.STARTING;
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
            ? new Decision.Refused(unknown(key))
            : remove(Cause.Kind.OPERATOR, "deregistered by an operator", now);
      }
      // gone already, or another owner's by now: either way this owner's instance is not listed
      return before == null || !before.lease().equals(lease)
          ? new Decision.Nothing()
          : remove(Cause.Kind.DEREGISTERED, "deregistered by its owner", now);
    }

    private Decision remove(Cause.Kind kind, String text, Instant now) {
      Cause cause = new Cause(kind, explained(text, reason), caller, now);
      return new Decision.Accepted(new Change.Remove(key, cause));
    }
  }

  /**
   * Send this instance no new traffic.
   *
   * @param lease who asks; null: an operator, by name
   */
  record Drain(InstanceKey key, @Nullable LeaseKey lease, String reason, String caller)
      implements Command {
    @Override
    public Decision decide(Catalog catalog, Instant now) {
      Registration before = catalog.find(key);
      boolean mine = before != null && (lease == null || before.lease().equals(lease));
      if (before == null || !mine) {
        return new Decision.Refused(unknown(key));
      }
      if (before.status() == Status.DRAINING) {
        return new Decision.Nothing();
      }
      Cause.Kind kind = lease == null ? Cause.Kind.OPERATOR : Cause.Kind.DRAINED;
      String text = lease == null ? "drained by an operator" : "drained by its owner";
      Cause cause = new Cause(kind, explained(text, reason), caller, now);
      return new Decision.Accepted(new Change.Put(before.turned(Status.DRAINING, false, cause)));
    }
  }

  /**
   * Its lease ended.
   *
   * @param revision of the record whose lease ended; a newer record has a newer lease
   * @param silence since it was last heard
   */
  record Lapse(InstanceKey key, long revision, Duration silence, LossBudget budget)
      implements Command {
    @Override
    public Decision decide(Catalog catalog, Instant now) {
      Registration before = catalog.find(key);
      if (before == null || before.revision() != revision || before.held()) {
        // what is held stays until it is released
        return new Decision.Nothing();
      }
      String text =
          "no heartbeat for %s s (lease %s s)"
              .formatted(seconds(silence), seconds(before.instance().leaseTtl()));
      if (before.usable() && !budget.allows(catalog.service(key.service()))) {
        return hold(before, budget.held(text), now);
      }
      return new Decision.Accepted(
          new Change.Remove(key, new Cause(Cause.Kind.LEASE_EXPIRED, text, "", now)));
    }
  }

  /**
   * What probes found, often enough in a row to count.
   *
   * @param revision of the record that the row of probes began at; of a newer record it says
   *     nothing
   * @param text what was found, with numbers
   */
  record Verdict(InstanceKey key, long revision, boolean passed, String text, LossBudget budget)
      implements Command {
    @Override
    public Decision decide(Catalog catalog, Instant now) {
      Registration before = catalog.find(key);
      if (before == null
          || before.revision() != revision
          || before.status() == Status.DRAINING
          || passed == (before.status() == Status.SERVING)) {
        // nothing new; and STARTING ends with the first success, whatever failed before it
        return new Decision.Nothing();
      }
      if (!passed) {
        return lose(catalog, before, new Cause(Cause.Kind.PROBE_FAILED, text, "", now), budget);
      }
      Cause.Kind kind =
          before.status() == Status.STARTING ? Cause.Kind.STARTED : Cause.Kind.PROBE_PASSED;
      return new Decision.Accepted(
          new Change.Put(before.turned(Status.SERVING, false, new Cause(kind, text, "", now))));
    }
  }

  /**
   * It did not serve for too long.
   *
   * @param revision of the record in which it stopped to serve
   */
  record GiveUp(InstanceKey key, long revision, Duration notServing) implements Command {
    @Override
    public Decision decide(Catalog catalog, Instant now) {
      Registration before = catalog.find(key);
      if (before == null
          || before.revision() != revision
          || before.status() != Status.NOT_SERVING) {
        return new Decision.Nothing();
      }
      String text = "not serving for " + seconds(notServing) + " s";
      return new Decision.Accepted(
          new Change.Remove(key, new Cause(Cause.Kind.REMOVE_AFTER, text, "", now)));
    }
  }

  /**
   * The connection that carried the heartbeats of an instance without a health check was lost, and
   * nobody has heard it since. With a check, the check decides.
   *
   * @param revision of the record when the connection was lost
   */
  record ConnectionLost(InstanceKey key, long revision, String text, LossBudget budget)
      implements Command {
    @Override
    public Decision decide(Catalog catalog, Instant now) {
      Registration before = catalog.find(key);
      if (before == null
          || before.revision() != revision
          || before.status() != Status.SERVING
          || before.instance().healthCheck() != null) {
        return new Decision.Nothing();
      }
      return lose(catalog, before, new Cause(Cause.Kind.CONNECTION_LOST, text, "", now), budget);
    }
  }

  /** A heartbeat came after the connection was lost. */
  record HeardAgain(InstanceKey key) implements Command {
    @Override
    public Decision decide(Catalog catalog, Instant now) {
      Registration before = catalog.find(key);
      if (before == null
          || before.status() != Status.NOT_SERVING
          || before.instance().healthCheck() != null) {
        return new Decision.Nothing();
      }
      Cause cause = new Cause(Cause.Kind.HEARD_AGAIN, "a heartbeat came again", "", now);
      return new Decision.Accepted(new Change.Put(before.turned(Status.SERVING, false, cause)));
    }
  }

  /**
   * Hand it out no longer although it does not serve: it was held for long enough.
   *
   * @param revision of the record that is held
   */
  record Release(InstanceKey key, long revision, Duration heldFor) implements Command {
    @Override
    public Decision decide(Catalog catalog, Instant now) {
      Registration before = catalog.find(key);
      if (before == null || before.revision() != revision || !before.held()) {
        return new Decision.Nothing();
      }
      String text = "held for " + seconds(heldFor) + " s and not heard or seen to work since";
      Cause cause = new Cause(Cause.Kind.RELEASED, text, "", now);
      return new Decision.Accepted(new Change.Put(before.turned(before.status(), false, cause)));
    }
  }

  /** It leaves the usable view, or is held there. */
  private static Decision lose(
      Catalog catalog, Registration before, Cause cause, LossBudget budget) {
    return budget.allows(catalog.service(before.key().service()))
        ? new Decision.Accepted(new Change.Put(before.turned(Status.NOT_SERVING, false, cause)))
        : hold(before, budget.held(cause.text()), cause.time());
  }

  private static Decision hold(Registration before, String text, Instant now) {
    Cause cause = new Cause(Cause.Kind.PROTECTED, text, "", now);
    return new Decision.Accepted(new Change.Put(before.turned(Status.NOT_SERVING, true, cause)));
  }

  private static Rejection unknown(InstanceKey key) {
    return Rejection.of(
        Reason.INSTANCE_UNKNOWN,
        "no instance %s (expected: a listed one); List with with_instances shows those that are"
            .formatted(key));
  }

  private static String explained(String text, String reason) {
    return reason.isEmpty() ? text : text + ": " + reason;
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f", duration.toMillis() / 1000.0);
  }
}
