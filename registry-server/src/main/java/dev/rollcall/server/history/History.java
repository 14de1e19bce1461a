// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.history;

import dev.rollcall.server.catalog.Cause;
import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Outcome;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.catalog.Rejection.Violation;
import dev.rollcall.server.store.EventLog;
import dev.rollcall.server.store.StoreException;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Answers "why is it gone?": recent changes, newest first, in pages. Blocks; from any thread. */
public final class History {
  private static final int PAGE = 100;
  private static final int LARGEST_PAGE = 1_000;

  private final EventLog log;

  /** Over a store's log. */
  public History(EventLog log) {
    this.log = log;
  }

  /**
   * A request for changes; empty and null fields do not restrict.
   *
   * @param pageToken of the page before; empty: the first page
   */
  public record Call(
      String namespace,
      String service,
      String id,
      Set<Cause.Kind> causes,
      @Nullable Instant since,
      @Nullable Instant until,
      int pageSize,
      String pageToken) {}

  /**
   * A page of changes.
   *
   * @param nextPageToken empty: this was the last one
   */
  public record Page(List<Commit> commits, String nextPageToken) {}

  /** One page. */
  public Outcome<Page> list(Call call) {
    if (call.pageSize() < 0 || call.pageSize() > LARGEST_PAGE) {
      return invalid("page_size", call.pageSize() + " (expected: 0 to " + LARGEST_PAGE + ")");
    }
    long before = Long.MAX_VALUE;
    if (!call.pageToken().isEmpty()) {
      before = revision(call.pageToken());
      if (before < 1) {
        return invalid(
            "page_token", "not a token (expected: the next_page_token of the page before)");
      }
    }
    int size = call.pageSize() == 0 ? PAGE : call.pageSize();
    EventLog.Query query =
        new EventLog.Query(
            call.namespace(),
            call.service(),
            call.id(),
            call.causes(),
            call.since() == null ? Long.MIN_VALUE : call.since().toEpochMilli(),
            call.until() == null ? Long.MAX_VALUE : call.until().toEpochMilli(),
            before,
            size + 1);
    try {
      return new Outcome.Done<>(page(log.newestFirst(query), size));
    } catch (StoreException e) {
      return new Outcome.Refused<>(
          Rejection.of(Reason.STORE_UNAVAILABLE, e.getMessage() + "; try again later"));
    }
  }

  /** One more than a page was asked for: whether it came tells if there is a next page. */
  private static Page page(List<Commit> found, int size) {
    if (found.size() <= size) {
      return new Page(found, "");
    }
    List<Commit> page = List.copyOf(found.subList(0, size));
    return new Page(page, "r" + page.get(size - 1).revision());
  }

  private static long revision(String token) {
    try {
      return token.startsWith("r") ? Long.parseLong(token.substring(1)) : 0;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static Outcome<Page> invalid(String field, String description) {
    return new Outcome.Refused<>(Rejection.invalid(List.of(new Violation(field, description))));
  }
}
