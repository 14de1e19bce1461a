// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.registry.v1.GetResponse;
import dev.rollcall.registry.v1.GetStatusResponse;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.ListResponse;
import dev.rollcall.registry.v1.Propagation;
import dev.rollcall.registry.v1.ServiceSummary;
import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Registration;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.catalog.View;
import dev.rollcall.server.registry.Lookup;
import dev.rollcall.server.watch.BodyCache;
import java.io.ByteArrayOutputStream;
import java.time.InstantSource;
import java.util.List;

/** Encodes answers about the catalog; whole services come from the cache. From any thread. */
final class Answers {
  /** The largest answer: gRPC clients refuse more than 4 MiB by default. */
  private static final int LARGEST = 3_584 << 10;

  /** A page of a listing ends when it has grown to this. */
  private static final int PAGE = 1 << 20;

  /** What an instance needs around it, at most: a tag and its length. */
  private static final int FRAME = 5;

  private final BodyCache bodies;
  private final InstantSource wallClock;
  private final ServerFacts facts;

  Answers(BodyCache bodies, InstantSource wallClock, ServerFacts facts) {
    this.bodies = bodies;
    this.wallClock = wallClock;
    this.facts = facts;
  }

  Outcome<Object> get(Outcome<Lookup.Found> outcome, View view) {
    if (outcome instanceof Outcome.Refused<Lookup.Found> refused) {
      return new Outcome.Refused<>(refused.why());
    }
    Lookup.Found found = ((Outcome.Done<Lookup.Found>) outcome).value();
    Position position = found.catalog().position();
    List<byte[]> body = body(found.catalog(), found.service(), view);
    byte[] header =
        GetResponse.newBuilder()
            .setEpoch(position.epoch())
            .setRevision(position.revision())
            .setAsOf(Wire.timestamp(wallClock.instant()))
            .build()
            .toByteArray();
    RawMessage answer = new RawMessage(header, body);
    return answer.length() > LARGEST
        ? new Outcome.Refused<>(tooLarge(found.service().name()))
        : new Outcome.Done<>(answer);
  }

  Outcome<ListResponse> list(Outcome<Lookup.Page> outcome, boolean withInstances) {
    if (outcome instanceof Outcome.Refused<Lookup.Page> refused) {
      return new Outcome.Refused<>(refused.why());
    }
    Lookup.Page page = ((Outcome.Done<Lookup.Page>) outcome).value();
    Position position = page.catalog().position();
    ListResponse.Builder answer =
        ListResponse.newBuilder()
            .setEpoch(position.epoch())
            .setRevision(position.revision())
            .setAsOf(Wire.timestamp(wallClock.instant()))
            .setTotalServices(page.catalog().services().size());
    int bytes = 0;
    boolean more = page.more();
    for (ServiceView service : page.services()) {
      ServiceSummary summary = summary(service, withInstances);
      bytes += summary.getSerializedSize();
      if (answer.getServicesCount() > 0 && bytes > LARGEST) {
        // it opens the next page
        more = true;
        break;
      }
      answer.addServices(summary);
      if (bytes > PAGE) {
        more |= answer.getServicesCount() < page.services().size();
        break;
      }
    }
    if (more) {
      String last = answer.getServices(answer.getServicesCount() - 1).getService();
      answer.setNextPageToken(Lookup.tokenAfter(last));
    }
    return new Outcome.Done<>(answer.build());
  }

  GetStatusResponse status(Catalog catalog, int watchers) {
    GetStatusResponse.Builder status =
        GetStatusResponse.newBuilder()
            .setVersion(facts.version())
            .setEpoch(catalog.position().epoch())
            .setRevision(catalog.position().revision())
            .setStore(facts.store())
            .setStoreUp(facts.storeUp().getAsBoolean())
            .setStartedAt(Wire.timestamp(facts.startedAt()))
            .setServices(catalog.services().size())
            .setInstances(catalog.instances())
            .setWatchers(watchers);
    status.addReplicasBuilder().setId(facts.address().get()).setAddress(facts.address().get());
    var quantiles = facts.propagation().quantiles();
    if (quantiles.count() > 0) {
      status.setPropagation(
          Propagation.newBuilder()
              .setP50(Wire.duration(quantiles.p50()))
              .setP99(Wire.duration(quantiles.p99()))
              .setCount(quantiles.count()));
    }
    return status.build();
  }

  private static ServiceSummary summary(ServiceView service, boolean withInstances) {
    ServiceSummary.Builder summary = Wire.summary(service);
    return withInstances ? withInstances(summary, service) : summary.build();
  }

  /** A service whose instances do not fit into any page comes without them. */
  private static ServiceSummary withInstances(ServiceSummary.Builder summary, ServiceView service) {
    int bytes = summary.build().getSerializedSize();
    for (Registration registration : service.instances().values()) {
      if (View.USABLE.shows(registration)) {
        Instance instance = Wire.instance(registration);
        bytes += instance.getSerializedSize() + FRAME;
        if (bytes > LARGEST) {
          return summary.clearInstances().build();
        }
        summary.addInstances(instance);
      }
    }
    return summary.build();
  }

  private List<byte[]> body(Catalog catalog, ServiceView service, View view) {
    return bodies.get(
        new BodyCache.Key(
            catalog.namespace(),
            catalog.position().epoch(),
            service.name(),
            view,
            BodyCache.Use.ANSWER),
        service.revision(view),
        () -> encode(service, view));
  }

  private static List<byte[]> encode(ServiceView service, View view) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (Registration registration : service.instances().values()) {
      if (view.shows(registration)) {
        // appended to a header these bytes add one instance to the answer
        body.writeBytes(
            GetResponse.newBuilder()
                .addInstances(Wire.instance(registration))
                .build()
                .toByteArray());
      }
    }
    return List.of(body.toByteArray());
  }

  private static Rejection tooLarge(String service) {
    return Rejection.of(
        Reason.ANSWER_TOO_LARGE,
        "service %s needs more than %d bytes in one answer; use Watch, which sends it in parts"
            .formatted(service, LARGEST));
  }
}
