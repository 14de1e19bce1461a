// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

/** A store that cannot be opened or read. The message is one line for the person who starts it. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the line to show. */
  public StoreException(String message) {
    super(message);
  }

  /** With the line to show and what led to it. */
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
