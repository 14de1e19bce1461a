// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import java.util.Collection;

/** Guesses what somebody meant to type. */
final class Nearest {
  private Nearest() {}

  /** The known word that takes the fewest edits to reach, with the question to ask. */
  static String question(String typed, Collection<String> known) {
    String nearest = "";
    int least = Integer.MAX_VALUE;
    for (String word : known) {
      int edits = edits(typed, word);
      if (edits < least) {
        least = edits;
        nearest = word;
      }
    }
    return "did you mean " + nearest + "?";
  }

  /** Levenshtein's distance. */
  private static int edits(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
