// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.registry.v1.DescribeInstanceResponse;
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
import dev.rollcall.server.registry.Inspection;
import dev.rollcall.server.registry.Lookup;
import dev.rollcall.server.watch.BodyCache;
import java.io.ByteArrayOutputStream;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/** Encodes answers about the catalog; whole services come from the cache. From any thread. */
final class Answers {
  /** The largest answer: gRPC clients refuse more than 4 MiB by default. */
  private static final int LARGEST = 3_584 << 10;

  /** A page of a listing ends when it has grown to this. */
  private static final int PAGE = 1 << 20;

  /** What an instance needs around it, at most: a tag and its length. */
  private static final int FRAME = 5;

  /** Services of up to this many instances are encoded on the event loop. */
  private static final int QUICK = 200;

  /** Kept in place of a body that no answer can hold, so that it is not made at each call. */
  private static final byte[] TOO_LARGE = new byte[0];

  private final Executor pool;
  private final BodyCache bodies;
  private final InstantSource asOf;
  private final ServerFacts facts;

  /**
   * @param pool for what would hold up an event loop
   */
  Answers(Executor pool, BodyCache bodies, InstantSource asOf, ServerFacts facts) {
    this.pool = pool;
    this.bodies = bodies;
    this.asOf = asOf;
    this.facts = facts;
  }

  /** A whole service. At once where that is quick, else from the pool. */
  CompletableFuture<Outcome<Object>> get(Outcome<Lookup.Found> outcome, View view) {
    if (outcome instanceof Outcome.Refused<Lookup.Found> refused) {
      return CompletableFuture.completedFuture(new Outcome.Refused<>(refused.why()));
    }
    Lookup.Found found = ((Outcome.Done<Lookup.Found>) outcome).value();
    boolean quick =
        found.service().instances().size() <= QUICK
            || bodies.find(key(found, view), found.service().revision(view)) != null;
    return quick
        ? CompletableFuture.completedFuture(whole(found, view))
        : CompletableFuture.supplyAsync(() -> whole(found, view), pool);
  }

  private Outcome<Object> whole(Lookup.Found found, View view) {
    ServiceView service = found.service();
    List<byte[]> body =
        bodies.get(key(found, view), service.revision(view), () -> encode(service, view));
    if (body.get(0) == TOO_LARGE) {
      return new Outcome.Refused<>(tooLarge(service.name()));
    }
    Position position = found.catalog().position();
    byte[] header =
        GetResponse.newBuilder()
            .setEpoch(position.epoch())
            .setRevision(position.revision())
            .setAsOf(Wire.timestamp(asOf.instant()))
            .setRecovering(found.recovering())
            .build()
            .toByteArray();
    return new Outcome.Done<>(new RawMessage(header, body));
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
            .setAsOf(Wire.timestamp(asOf.instant()))
            .setRecovering(page.recovering())
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
            .addAllProblems(facts.problems().get())
            .setStartedAt(Wire.timestamp(facts.startedAt()))
            .setServices(catalog.services().size())
            .setInstances(catalog.instances())
            .setWatchers(watchers);
    for (ServerFacts.Replica replica : facts.replicas().get()) {
      status.addReplicasBuilder().setId(replica.id()).setAddress(replica.address());
    }
    var quantiles = facts.meters().propagation().quantiles();
    if (quantiles.count() > 0) {
      status.setPropagation(
          Propagation.newBuilder()
              .setP50(Wire.duration(quantiles.p50()))
              .setP99(Wire.duration(quantiles.p99()))
              .setCount(quantiles.count()));
    }
    return status.build();
  }

  DescribeInstanceResponse description(Inspection.Report report) {
    Registration registration = report.registration();
    DescribeInstanceResponse.Builder answer =
        DescribeInstanceResponse.newBuilder()
            .setInstance(Wire.instance(registration))
            .setLastChange(Wire.cause(registration.cause()));
    report.remaining().ifPresent(left -> answer.setLeaseRemaining(Wire.duration(left)));
    report.silence().ifPresent(silence -> answer.setLastHeard(Wire.duration(silence)));
    for (Inspection.Probed probe : report.probes()) {
      answer
          .addProbesBuilder()
          .setTime(Wire.timestamp(probe.time()))
          .setTook(Wire.duration(probe.took()))
          .setPassed(probe.passed())
          .setDetail(probe.detail());
    }
    if (registration.instance().healthCheck() != null) {
      answer.setProbedBy(report.probedBy());
    }
    return answer.build();
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

  private static BodyCache.Key key(Lookup.Found found, View view) {
    return new BodyCache.Key(
        found.catalog().namespace(),
        found.catalog().position().epoch(),
        found.service().name(),
        view,
        BodyCache.Use.ANSWER);
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
        if (body.size() > LARGEST) {
          return List.of(TOO_LARGE);
        }
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
