// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.loop.Loop;
import dev.rollcall.server.watch.Follower;
import dev.rollcall.server.watch.OpenWatch;
import dev.rollcall.server.watch.Selector;
import dev.rollcall.server.watch.Watch;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Follows whatever one instance requires. When that changes, the watch inside is replaced by one of
 * the new services, which begins with a snapshot. On the stream's loop.
 */
final class RequiredWatch implements OpenWatch {
  /** Stands for no service at all: no service has this name. */
  private static final SortedSet<String> NOTHING = new TreeSet<>(Set.of(""));

  private final Watches watches;
  private final WatchCall call;
  private final InstanceKey whose;
  private final Loop loop;
  private final Runnable bell;
  private final Follower ofTheRecord;
  private SortedSet<String> services = NOTHING;
  private @Nullable OpenWatch inside;
  private @Nullable Rejection refusal;
  private boolean opening;
  private boolean closed;

  private RequiredWatch(
      Watches watches, WatchCall call, InstanceKey whose, Loop loop, Runnable bell) {
    this.watches = watches;
    this.call = call;
    this.whose = whose;
    this.loop = loop;
    this.bell = bell;
    this.ofTheRecord =
        new Follower(new Selector(new TreeSet<>(Set.of(whose.service())), View.ALL), bell);
  }

  static CompletableFuture<Outcome<OpenWatch>> open(
      Watches watches, WatchCall call, InstanceKey whose, Loop loop, Runnable bell) {
    RequiredWatch watch = new RequiredWatch(watches, call, whose, loop, bell);
    return watches
        .listen(call.namespace(), watch.ofTheRecord)
        .thenApplyAsync(
            ledger -> {
              Outcome<OpenWatch> outcome =
                  ledger instanceof Outcome.Refused<?> refused
                      ? new Outcome.Refused<>(refused.why())
                      : new Outcome.Done<>(watch);
              if (outcome instanceof Outcome.Done) {
                watch.begin();
              }
              return outcome;
            },
            loop);
  }

  @Override
  public Watch.Step poll() {
    loop.assertInside();
    ofTheRecord.looking();
    if (!opening && !required().equals(services)) {
      follow(Position.UNBORN);
    }
    if (refusal != null) {
      return new Watch.Step.End(refusal);
    }
    return opening || inside == null ? new Watch.Step.Idle() : inside.poll();
  }

  @Override
  public void close() {
    closed = true;
    watches.unlisten(call.namespace(), ofTheRecord);
    if (inside != null) {
      inside.close();
      inside = null;
    }
  }

  /** Goes on at the client's position only if the record has not changed since: same services. */
  private void begin() {
    Registration record = watches.find(call.namespace(), whose);
    boolean unchanged = record != null && record.revision() <= call.from().revision();
    follow(unchanged ? call.from() : Position.UNBORN);
  }

  private void follow(Position from) {
    if (inside != null) {
      inside.close();
      inside = null;
    }
    services = required();
    opening = true;
    var unused =
        watches
            .follow(call, services, from, loop, bell)
            .whenCompleteAsync((outcome, failure) -> followed(outcome), loop);
  }

  private void followed(@Nullable Outcome<OpenWatch> outcome) {
    opening = false;
    if (outcome instanceof Outcome.Done<OpenWatch> done) {
      if (closed) {
        done.value().close();
      } else {
        inside = done.value();
      }
    } else if (outcome instanceof Outcome.Refused<OpenWatch> refused) {
      refusal = refused.why();
    }
    bell.run();
  }

  private SortedSet<String> required() {
    Registration record = watches.find(call.namespace(), whose);
    return record == null || record.instance().requires().isEmpty()
        ? NOTHING
        : new TreeSet<>(record.instance().requires());
  }
}
