// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

/**
 * A message on its way. Never logged.
 *
 * @param from a label
 * @param to the service that is to get it
 * @param inParts whether the answer may come in parts
 * @param hopped whether it was relayed before
 */
public record Message(
    String namespace, String from, String to, String text, boolean inParts, boolean hopped) {
  /** Nothing of the content. */
  @Override
  public String toString() {
    return "message to " + namespace + "/" + to;
  }
}
