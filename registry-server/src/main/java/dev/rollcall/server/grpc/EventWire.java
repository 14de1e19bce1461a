// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import com.google.protobuf.Timestamp;
import dev.rollcall.registry.v1.Event;
import dev.rollcall.registry.v1.InstanceRef;
import dev.rollcall.registry.v1.ListEventsRequest;
import dev.rollcall.registry.v1.ListEventsResponse;
import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Change;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.history.History;
import dev.rollcall.server.registry.Names;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The protos of past changes, to and from values; nothing else. Pure. */
final class EventWire {
  private static final int CAUSES = 64;

  private EventWire() {}

  static Outcome<History.Call> call(String namespace, ListEventsRequest request, Names names) {
    if (!request.getService().isEmpty()) {
      names.checkService("service", request.getService());
    }
    if (!request.getId().isEmpty()) {
      names.checkId("id", request.getId());
    }
    Set<Cause.Kind> causes = EnumSet.noneOf(Cause.Kind.class);
    names.checkCount("causes", request.getCausesCount(), CAUSES);
    for (int i = 0; i < Math.min(request.getCausesCount(), CAUSES); i++) {
      try {
        causes.add(Cause.Kind.of(request.getCausesValue(i)));
      } catch (IllegalArgumentException e) {
        names.violated(
            "causes[" + i + "]", Integer.toString(request.getCausesValue(i)), "a known cause");
      }
    }
    Instant since = request.hasSince() ? instant(names, "since", request.getSince()) : null;
    Instant until = request.hasUntil() ? instant(names, "until", request.getUntil()) : null;
    Rejection rejection = names.rejection();
    return rejection != null
        ? new Outcome.Refused<>(rejection)
        : new Outcome.Done<>(
            new History.Call(
                namespace,
                request.getService(),
                request.getId(),
                causes,
                since,
                until,
                request.getPageSize(),
                request.getPageToken()));
  }

  static ListEventsResponse answer(History.Page page, Position position) {
    ListEventsResponse.Builder answer =
        ListEventsResponse.newBuilder()
            .setEpoch(position.epoch())
            .setNextPageToken(page.nextPageToken());
    page.commits().forEach(commit -> answer.addEvents(event(commit)));
    return answer.build();
  }

  private static Event event(Commit commit) {
    Event.Builder event =
        Event.newBuilder()
            .setEpoch(commit.position().epoch())
            .setRevision(commit.revision())
            .setInstance(
                InstanceRef.newBuilder()
                    .setService(commit.change().key().service())
                    .setId(commit.change().key().id()))
            .setCause(Wire.cause(commit.change().cause()));
    if (commit.change() instanceof Change.Put put) {
      event.setStatus(Wire.status(put.registration().status()));
    }
    return event.build();
  }

  private static @Nullable Instant instant(Names names, String field, Timestamp timestamp) {
    try {
      Instant instant = Instant.ofEpochSecond(timestamp.getSeconds(), timestamp.getNanos());
      long unused = instant.toEpochMilli();
      return instant;
    } catch (DateTimeException | ArithmeticException e) {
      names.violated(field, timestamp.getSeconds() + " s", "a time that can be counted in 64 bits");
      return null;
    }
  }
}
