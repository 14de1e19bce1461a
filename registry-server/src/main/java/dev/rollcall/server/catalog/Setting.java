// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

import java.nio.charset.StandardCharsets;

/**
 * One key of a namespace's configuration.
 *
 * @param cause of its last change: who and when
 * @param revision of its last change; 0 in a change that is not committed yet
 */
public record Setting(String key, String value, Cause cause, long revision) {
  /** The name of a key among records: no instance's service is empty. */
  public static InstanceKey name(String key) {
    return new InstanceKey("", key);
  }

  /** The same setting as committed at a revision. */
  public Setting at(long committed) {
    return new Setting(key, value, cause, committed);
  }

  /** The size of its key and value, in bytes. */
  public int bytes() {
    return key.getBytes(StandardCharsets.UTF_8).length
        + value.getBytes(StandardCharsets.UTF_8).length;
  }
}
