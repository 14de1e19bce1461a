// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

/** Whether callers may use an instance. */
public enum Status {
  /** It has a health check that has not succeeded yet. */
  STARTING,
  /** Callers may use it. */
  SERVING,
  /** Its health check fails or its connection was lost: listed, not handed out. */
  NOT_SERVING,
  /** Its owner is about to stop it: finish calls, start none. */
  DRAINING
}
