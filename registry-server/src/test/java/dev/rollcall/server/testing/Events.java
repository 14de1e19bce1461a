// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.Event;
import dev.rollcall.registry.v1.ListEventsRequest;
import dev.rollcall.registry.v1.ListEventsResponse;
import java.util.ArrayList;
import java.util.List;

/** What the log of a registry says. */
public final class Events {
  /** All that can befall an instance without its owner's doing. */
  private static final List<CauseKind> DOUBTS =
      List.of(
          CauseKind.CAUSE_KIND_LEASE_EXPIRED,
          CauseKind.CAUSE_KIND_CONNECTION_LOST,
          CauseKind.CAUSE_KIND_PROBE_FAILED,
          CauseKind.CAUSE_KIND_REMOVE_AFTER,
          CauseKind.CAUSE_KIND_PROTECTED,
          CauseKind.CAUSE_KIND_RELEASED);

  private Events() {}

  /** Every event by which somebody was marked or removed without their own doing. */
  public static List<Event> doubts(Client client, String service) {
    return of(client, service, DOUBTS);
  }

  /** The events of a service with one of these causes, newest first. */
  public static List<Event> of(Client client, String service, List<CauseKind> causes) {
    ListEventsRequest.Builder request =
        ListEventsRequest.newBuilder().setService(service).addAllCauses(causes).setPageSize(1_000);
    List<Event> all = new ArrayList<>();
    do {
      ListEventsResponse page = client.calls().listEvents(request.build());
      all.addAll(page.getEventsList());
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
    return all;
  }
}
