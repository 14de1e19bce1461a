// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.probe.ProbeTargets;
import dev.rollcall.server.probe.Target;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.IntUnaryOperator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One message on its way: to an instance, and to another one where that was not reached. One step
 * follows another, so only {@link #more} meets it from the side.
 */
final class Relaying implements Passing {
  private static final int MOST_TRIES = 3;

  private final Message message;
  private final Sender sender;
  private final Means means;
  private final Supplier<@Nullable ServiceView> newest;
  private final Deadline deadline;
  private final Runnable done;
  private final Set<String> tried = new LinkedHashSet<>();
  private final List<String> troubles = new ArrayList<>();
  private Attempt.@Nullable End last;
  private volatile @Nullable Attempt attempt;

  /** What every message needs. */
  record Means(
      ProbeTargets targets,
      Executor lookups,
      IntUnaryOperator dice,
      GrpcReceivers grpc,
      HttpReceivers http) {}

  /**
   * Not begun yet.
   *
   * @param newest the target as it is at the moment
   * @param done run once, when it is over
   */
  Relaying(
      Message message,
      Sender sender,
      Means means,
      Supplier<@Nullable ServiceView> newest,
      Deadline deadline,
      Runnable done) {
    this.message = message;
    this.sender = sender;
    this.means = means;
    this.newest = newest;
    this.deadline = deadline;
    this.done = done;
  }

  void begin(Context context) {
    next(context);
  }

  @Override
  public void more() {
    Attempt now = attempt;
    if (now != null) {
      now.more();
    }
  }

  private void next(Context context) {
    if (context.isCancelled() || deadline.isExpired()) {
      fail(
          deadline.isExpired()
              ? Status.DEADLINE_EXCEEDED.withDescription("no receiver was reached in time")
              : Status.CANCELLED,
          new Metadata());
      return;
    }
    ServiceView service = newest.get();
    Registration chosen =
        service == null || tried.size() == MOST_TRIES
            ? null
            : Choice.of(service, tried, means.dice());
    if (chosen == null) {
      giveUp(service);
      return;
    }
    Receiver receiver = Receiver.of(chosen);
    tried.add(receiver.id());
    if (ProbeTargets.needsLookup(receiver.address())) {
      means.lookups().execute(() -> go(context, receiver));
    } else {
      go(context, receiver);
    }
  }

  private void go(Context context, Receiver receiver) {
    Outcome<Target> checked = means.targets().check(receiver.address());
    if (checked instanceof Outcome.Refused<Target> refused) {
      unreached(receiver, refused.why().message());
      next(context);
      return;
    }
    Target target = ((Outcome.Done<Target>) checked).value();
    var answer = new Answer(context, receiver);
    // the call that is made in a context ends with it
    context.run(
        () ->
            attempt =
                receiver.kind() == Receiver.Kind.HTTP
                    ? means.http().hand(message, target, deadline, answer)
                    : means.grpc().hand(message, target, deadline, answer));
    if (sender.ready()) {
      // it may have got ready before there was anybody to tell
      more();
    }
  }

  private void unreached(Receiver receiver, String trouble) {
    troubles.add("%s at %s: %s".formatted(receiver.id(), receiver.address(), trouble));
  }

  private void giveUp(@Nullable ServiceView service) {
    Attempt.End end = last;
    if (end != null && end.trouble().isEmpty()) {
      fail(end.status(), end.trailers());
    } else if (!troubles.isEmpty()) {
      int count = troubles.size();
      refuse(
          Reason.RECEIVER_UNREACHABLE,
          "%s: %d instance%s tried: %s"
              .formatted(message.to(), count, count == 1 ? "" : "s", String.join("; ", troubles)));
    } else if (service == null) {
      refuse(Reason.SERVICE_UNKNOWN, Relay.unknown(message));
    } else {
      refuse(Reason.NOBODY_USABLE, Choice.whyNone(service));
    }
  }

  private void refuse(Reason reason, String text) {
    done.run();
    sender.refused(Rejection.of(reason, text));
  }

  private void fail(Status status, Metadata trailers) {
    done.run();
    sender.failed(status, trailers);
  }

  /** What one instance says. */
  private final class Answer implements Attempt.Listener {
    private final Context context;
    private final Receiver receiver;

    Answer(Context context, Receiver receiver) {
      this.context = context;
      this.receiver = receiver;
    }

    @Override
    public boolean ready() {
      return sender.ready();
    }

    @Override
    public void part(String text) {
      sender.part(text);
    }

    @Override
    public void ended(Attempt.End end) {
      if (end.status().isOk()) {
        done.run();
        sender.completed();
      } else if (end.elsewhere()) {
        last = end;
        if (!end.trouble().isEmpty()) {
          unreached(receiver, end.trouble());
        }
        next(context);
      } else {
        fail(end.status(), end.trailers());
      }
    }
  }
}
