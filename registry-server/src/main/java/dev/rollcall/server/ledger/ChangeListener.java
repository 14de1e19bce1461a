// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.ledger;

import dev.rollcall.server.catalog.Commit;
import dev.rollcall.server.catalog.Registration;
import org.jspecify.annotations.Nullable;

/** A part of the server that follows typed changes. Watches are the way out of the process. */
public interface ChangeListener {
  /**
   * A change was applied; whoever asked for it is told after this. On the ledger loop; must not
   * block.
   *
   * @param before the record until now; null: there was none
   */
  void changed(String namespace, @Nullable Registration before, Commit commit);

  /** Both: this one first. */
  default ChangeListener then(ChangeListener next) {
    return (namespace, before, commit) -> {
      changed(namespace, before, commit);
      next.changed(namespace, before, commit);
    };
  }
}
