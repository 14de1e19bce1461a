// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

/** Names one instance within its namespace. */
public record InstanceKey(String service, String id) {
  @Override
  public String toString() {
    return service + "/" + id;
  }
}
