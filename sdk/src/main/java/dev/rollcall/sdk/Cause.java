// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

/**
 * Why an instance changed, as the registry tells it.
 *
 * @param kind the rule, such as {@code REGISTERED} or {@code LEASE_EXPIRED}; {@code UNSEEN} when
 *     the change happened while the registry was not followed
 * @param text a sentence for people; never parse it
 * @param caller who asked for it: an identity or network address; empty where the registry acted
 */
public record Cause(String kind, String text, String caller) {
  static final Cause UNSEEN =
      new Cause("UNSEEN", "it left while the registry was not followed", "");

  static final Cause REMEMBERED =
      new Cause("UNSEEN", "it was listed when a registry was last heard; none answers now", "");
}
