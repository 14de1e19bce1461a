// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.catalog;

/** How many instances are in each status. */
public record Counts(int starting, int serving, int notServing, int draining) {
  /** No instance at all. */
  public static final Counts NONE = new Counts(0, 0, 0, 0);

  /** All instances. */
  public int total() {
    return starting + serving + notServing + draining;
  }

  Counts plus(Status status) {
    return moved(status, 1);
  }

  Counts minus(Status status) {
    return moved(status, -1);
  }

  private Counts moved(Status status, int by) {
    return new Counts(
        starting + (status == Status.STARTING ? by : 0),
        serving + (status == Status.SERVING ? by : 0),
        notServing + (status == Status.NOT_SERVING ? by : 0),
        draining + (status == Status.DRAINING ? by : 0));
  }
}
