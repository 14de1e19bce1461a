// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

/**
 * Says why something asked of Rollcall could not be done, with a reason that a program can test.
 */
public final class RollcallException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  RollcallException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /** Why. The message says the same in words, with the values. */
  public Reason reason() {
    return reason;
  }

  /** The reasons. More may be added. */
  public enum Reason {
    /** No registry answered yet, so nothing is known. Trying again later may help. */
    REGISTRY_UNREACHABLE,
    /** The registry lists no usable instance that was not avoided. */
    NO_INSTANCE,
    /** There are usable instances, but none names the endpoint that was asked for. */
    NO_ENDPOINT,
    /** The registry refused the registration for good: correct it first. */
    REFUSED,
    /** It did not happen within the time given; it may still happen. */
    TIMEOUT,
    /** The client was closed. */
    CLOSED
  }
}
