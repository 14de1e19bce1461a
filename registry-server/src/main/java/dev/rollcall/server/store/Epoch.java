// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.store;

import java.util.random.RandomGenerator;

/** Names of lineages: 60 random bits as 12 characters of {@code a-z2-7}. */
public final class Epoch {
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
  private static final int LENGTH = 12;

  private Epoch() {}

  /** A new name. */
  public static String draw(RandomGenerator random) {
    StringBuilder name = new StringBuilder(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      name.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return name.toString();
  }
}
