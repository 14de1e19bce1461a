// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import org.jspecify.annotations.Nullable;

/**
 * How many instances of a service may be lost before the registry doubts itself: a fact that a
 * command brings along. A loss is leaving the usable view because of a lease, a probe or a
 * connection; what an owner or an operator does is none.
 *
 * @param recent losses of this service within the window
 * @param share of the service that may go within a window
 */
public record LossBudget(int recent, double share) {
  /** Without a limit: for what is no loss. */
  public static final LossBudget UNLIMITED = new LossBudget(0, 1);

  /** So many may always go, however small the service is. */
  private static final int ALWAYS = 3;

  /** Whether one more may go. */
  boolean allows(@Nullable ServiceView service) {
    int before = recent + (service == null ? 0 : service.usable());
    return recent + 1 <= Math.max(ALWAYS, (int) (share * before));
  }

  /** Why not, with numbers. */
  String held(String text) {
    return "%s; held, because %d of its service went within the window (%.0f %% may)"
        .formatted(text, recent, share * 100);
  }
}
