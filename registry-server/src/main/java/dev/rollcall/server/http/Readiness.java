// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import java.util.List;

/** Whether calls should be sent to this server. From any thread; never blocks. */
@FunctionalInterface
public interface Readiness {
  /**
   * Why not, one reason a line; empty: send them.
   *
   * @param store whether it counts that the store is away: reads go on without it
   */
  List<String> reasons(boolean store);

  /** What somebody should look at, one matter a line, though calls are served. */
  default List<String> notes() {
    return List.of();
  }
}
