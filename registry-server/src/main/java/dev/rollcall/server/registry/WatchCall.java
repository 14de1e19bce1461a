// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.registry;

import dev.rollcall.server.catalog.InstanceKey;
import dev.rollcall.server.catalog.Position;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.catalog.View;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request to follow.
 *
 * @param services exact names; empty: all, unless {@code requiredBy} says whose
 * @param requiredBy instead of names: whatever this instance requires; null: the names
 * @param from the position to continue from
 * @param watcher the service that watches, a label for the graph; empty: anonymous
 */
public record WatchCall(
    String namespace,
    List<String> services,
    @Nullable InstanceKey requiredBy,
    View view,
    Position from,
    String watcher) {
  private static final int SERVICES = 256;

  /** Copies the list. */
  public WatchCall {
    services = List.copyOf(services);
  }

  /** What is wrong with it; null: nothing. */
  @Nullable Rejection check() {
    Names names = new Names().checkNamespace(namespace);
    names.checkCount("services", services.size(), SERVICES);
    for (int i = 0; i < Math.min(services.size(), SERVICES); i++) {
      names.checkService("services[" + i + "]", services.get(i));
    }
    if (requiredBy != null) {
      names.checkService("required_by.service", requiredBy.service());
      names.checkId("required_by.id", requiredBy.id());
      if (!services.isEmpty()) {
        names.violated("required_by", requiredBy.toString(), "either services or required_by");
      }
    }
    if (!watcher.isEmpty()) {
      names.checkService("watcher.service", watcher);
    }
    return names.rejection();
  }
}
