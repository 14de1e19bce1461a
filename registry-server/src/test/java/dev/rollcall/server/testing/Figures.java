// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;

/**
 * How often a scenario runs, and what it prints. A usual build runs each once; {@code
 * -Drollcall.long=true} runs them as often as it takes to trust the figures.
 */
public final class Figures {
  private Figures() {}

  /** A number of repetitions, or of seconds. */
  public static int usuallyOrLong(int usually, int inLongRuns) {
    return Boolean.getBoolean("rollcall.long") ? inLongRuns : usually;
  }

  /** Prints a line that checks/long shows again at its end. */
  public static void print(String format, Object... values) {
    System.out.println("figure: " + String.format(Locale.ROOT, format, values));
  }

  /** Times in nanoseconds as p50, p99, max and their number. */
  public static String percentiles(Collection<Long> nanos) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    if (sorted.length == 0) {
      return "none";
    }
    return String.format(
        Locale.ROOT,
        "p50 %.1f ms, p99 %.1f ms, max %.1f ms of %d",
        at(sorted, 0.5) / 1e6,
        at(sorted, 0.99) / 1e6,
        at(sorted, 1) / 1e6,
        sorted.length);
  }

  /** The time that this share of them does not exceed; of none: zero. */
  public static long percentile(Collection<Long> nanos, double share) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).toArray();
    Arrays.sort(sorted);
    return sorted.length == 0 ? 0 : at(sorted, share);
  }

  private static long at(long[] sorted, double share) {
    return sorted[(int) Math.max(0, Math.ceil(share * sorted.length) - 1)];
  }
}
