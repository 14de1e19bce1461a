// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.web;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** {@code --name value} pairs; {@code --some-name} is also the environment's {@code SOME_NAME}. */
public final class Flags {
  private final Map<String, String> given;

  private Flags(Map<String, String> given) {
    this.given = given;
  }

  /**
   * Reads the arguments.
   *
   * @throws IllegalArgumentException for a flag that is not known or has no value
   */
  public static Flags parse(String[] args, Set<String> known) {
    Map<String, String> given = new HashMap<>();
    for (int i = 0; i < args.length; i += 2) {
      String name = args[i].startsWith("--") ? args[i].substring(2) : "";
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            args[i]
                + " is not known (expected: --"
                + String.join(", --", new TreeSet<>(known))
                + ")");
      }
      if (i + 1 == args.length) {
        throw new IllegalArgumentException(args[i] + " has no value");
      }
      given.put(name, args[i + 1]);
    }
    return new Flags(given);
  }

  /** The flag, else the environment's variable, else the default. */
  public String text(String name, String otherwise) {
    String variable = name.toUpperCase(Locale.ROOT).replace('-', '_');
    return given.getOrDefault(name, System.getenv().getOrDefault(variable, otherwise));
  }

  /**
   * The same as a whole number.
   *
   * @throws IllegalArgumentException when it is none, or not in this range
   */
  public int number(String name, int otherwise, int least, int most) {
    String text = text(name, Integer.toString(otherwise));
    try {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw bad(name, text, least, most);
    }
    throw bad(name, text, least, most);
  }

  private static IllegalArgumentException bad(String name, String text, int least, int most) {
    return new IllegalArgumentException(
        "--" + name + ": '" + text + "' (expected: a whole number, " + least + " to " + most + ")");
  }

  /** A port to listen on; 0: any free one. */
  public int port(String name, int otherwise) {
    return number(name, otherwise, 0, 65_535);
  }
}
