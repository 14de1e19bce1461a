// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.Catalog;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.catalog.ServiceView;
import dev.rollcall.server.ledger.Ledgers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;

/** Reads the newest catalog. From any thread; answers at once unless a revision is waited for. */
public final class Lookup {
  /** How long a revision is waited for at most. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 1_000;

  private final Ledgers ledgers;

  /** Over the ledgers' catalogs. */
  public Lookup(Ledgers ledgers) {
    this.ledgers = ledgers;
  }

  /**
   * A request for one service.
   *
   * @param minRevision wait for it; 0: do not
   * @param epoch of that revision; empty: not checked
   */
  public record GetCall(String namespace, String service, long minRevision, String epoch) {}

  /**
   * One service in the catalog that it was found in.
   *
   * @param recovering whether more of it may come back
   */
  public record Found(Catalog catalog, ServiceView service, boolean recovering) {}

  /**
   * A page of services in the catalog that they were found in.
   *
   * @param recovering whether more of them may come back
   */
  public record Page(
      Catalog catalog, List<ServiceView> services, boolean more, boolean recovering) {}

  /** The newest catalog of a namespace. */
  public Catalog catalog(String namespace) {
    return ledgers.catalog(namespace);
  }

  /** One service, at a revision that the caller has seen or a newer one. */
  public CompletableFuture<Outcome<Found>> get(GetCall call, Duration deadline) {
    Names names = new Names().checkNamespace(call.namespace());
    names.checkService("service", call.service());
    if (call.minRevision() < 0) {
      names.violated("min_revision", Long.toString(call.minRevision()), "0 or more");
    }
    Rejection rejection = names.rejection();
    if (rejection != null) {
      return CompletableFuture.completedFuture(new Outcome.Refused<>(rejection));
    }
    Catalog now = ledgers.catalog(call.namespace());
    if (now.position().revision() >= call.minRevision() || otherEpoch(call, now)) {
      return CompletableFuture.completedFuture(find(call, now));
    }
    // a fifth of the time is left for the answer to arrive in
    Duration patience = deadline.multipliedBy(4).dividedBy(5);
    return waitFor(call, patience.compareTo(PATIENCE) < 0 ? patience : PATIENCE);
  }

  /** A page of all services after the one that the token names. */
  public Outcome<Page> list(String namespace, int pageSize, String pageToken) {
    Names names = new Names().checkNamespace(namespace);
    if (pageSize < 0 || pageSize > LARGEST_PAGE) {
      names.violated("page_size", Integer.toString(pageSize), "0 to " + LARGEST_PAGE);
    }
    String after = pageToken.isEmpty() ? "" : afterToken(names, pageToken);
    Rejection rejection = names.rejection();
    if (rejection != null) {
      return new Outcome.Refused<>(rejection);
    }
    Catalog catalog = ledgers.catalog(namespace);
    SortedMap<String, ServiceView> rest =
        after.isEmpty() ? catalog.services() : catalog.services().tailMap(after + '\0');
    int size = pageSize == 0 ? PAGE : pageSize;
    boolean recovering = ledgers.doubtful(namespace);
    List<ServiceView> page = new ArrayList<>(Math.min(size, rest.size()));
    for (ServiceView service : rest.values()) {
      if (page.size() == size) {
        return new Outcome.Done<>(new Page(catalog, page, true, recovering));
      }
      page.add(service);
    }
    return new Outcome.Done<>(new Page(catalog, page, false, recovering));
  }

  /** The token that asks for what comes after this service. */
  public static String tokenAfter(String service) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(service.getBytes(StandardCharsets.UTF_8));
  }

  private static String afterToken(Names names, String token) {
    try {
      return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      names.violated(
          "page_token", Names.quoted(token), "the next_page_token of the page before, unchanged");
      return "";
    }
  }

  private CompletableFuture<Outcome<Found>> waitFor(GetCall call, Duration patience) {
    return ledgers
        .reached(call.namespace(), call.minRevision(), patience)
        .thenApply(catalog -> catalog.isPresent() ? find(call, catalog.get()) : notReached(call));
  }

  private Outcome<Found> notReached(GetCall call) {
    return new Outcome.Refused<>(
        Rejection.of(
            Reason.REVISION_NOT_REACHED,
            "min_revision: %d (this server is at %d); try again later"
                .formatted(
                    call.minRevision(), ledgers.catalog(call.namespace()).position().revision())));
  }

  private static boolean otherEpoch(GetCall call, Catalog catalog) {
    return !call.epoch().isEmpty() && !call.epoch().equals(catalog.position().epoch());
  }

  private Outcome<Found> find(GetCall call, Catalog catalog) {
    if (otherEpoch(call, catalog)) {
      ledgers.missed(call.namespace());
      return new Outcome.Refused<>(
          Rejection.of(
              Reason.EPOCH_CHANGED,
              "epoch: %s (the namespace is now in epoch %s); read again without min_revision"
                  .formatted(
                      Names.quoted(call.epoch()), Names.quoted(catalog.position().epoch()))));
    }
    ServiceView service = catalog.service(call.service());
    boolean recovering = ledgers.doubtful(call.namespace());
    if (service == null && recovering) {
      // whether it is unknown is not known yet
      service = ServiceView.empty(call.service());
    }
    return service == null
        ? new Outcome.Refused<>(
            Rejection.of(
                Reason.SERVICE_UNKNOWN,
                "no service %s in namespace %s; register an instance, or Watch it to wait for one"
                    .formatted(call.service(), call.namespace())))
        : new Outcome.Done<>(new Found(catalog, service, recovering));
  }
}
