// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.web;

import java.io.IOException;
import java.io.PrintStream;
import java.util.Set;

/**
 * Runs an example. What stops it from starting is one line on standard error, not a stack trace.
 */
public final class Program {
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private Program() {}

  /** What the program does with its flags. */
  public interface Body {
    /** Runs until the program is to end. */
    void run(Flags flags) throws IOException;
  }

  /** Something that listens on a port as soon as it was made. */
  public interface Listening<T> {
    /** Listens. */
    T open() throws IOException;
  }

  /** Runs the program; ends the JVM with 2 for a bad flag and with 1 where it cannot start. */
  public static void main(String[] args, Set<String> known, Body body) {
    int code = run(args, known, body, System.err);
    if (code != 0) {
      System.exit(code);
    }
  }

  /** The same, with the exit code as an answer. */
  static int run(String[] args, Set<String> known, Body body, PrintStream complaints) {
    try {
      body.run(Flags.parse(args, known));
      return 0;
    } catch (IllegalArgumentException e) {
      complaints.println(e.getMessage());
      return USAGE;
    } catch (IOException e) {
      complaints.println(e.getMessage());
      return FAILED;
    }
  }

  /**
   * Listens on the port that a flag gives.
   *
   * @throws IOException naming the flag and the port, when it cannot be had
   */
  public static <T> T listen(String flag, int port, Listening<T> server) throws IOException {
    try {
      return server.open();
    } catch (IOException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          "--"
              + flag
              + ": port "
              + port
              + " cannot be had (expected: a free one, or 0 for any): "
              + cause.getMessage(),
          e);
    }
  }
}
