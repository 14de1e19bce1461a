// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.MalformedURLException;
import java.net.Proxy;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * {@code rollcall health}: asks a server whether it may be sent calls, for a container's health
 * check. Needs nothing but the JDK and is a program of its own: it runs every few seconds, and no
 * library is worth a second of CPU each time.
 */
final class HealthCommand {
  private static final int OK = 0;
  private static final int NOT_READY = 1;
  private static final int USAGE = 2;
  private static final int TIMEOUT_MILLIS = 2_000;
  private static final int MOST_BYTES = 4_096;
  private static final String HELP =
      """
      Usage: rollcall health [URL]
      Asks a server whether it may be sent calls. Exit codes: 0 it may, 1 not, 2 wrong usage.
            URL   what to ask; by default /readyz at ROLLCALL_HOST and ROLLCALL_HTTP_PORT,
                  or at 127.0.0.1:7071""";

  private HealthCommand() {}

  /** The short way in, for the start script. */
  public static void main(String[] args) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(args, System.getenv(), out, err));
  }

  /** Asks, says what it was told, and answers the exit code. */
  static int run(String[] args, Map<String, String> environment, PrintWriter out, PrintWriter err) {
    if (args.length == 1 && (args[0].equals("--help") || args[0].equals("-h"))) {
      out.println(HELP);
      return OK;
    }
    if (args.length > 1) {
      err.println("rollcall: health takes one URL at most");
      return USAGE;
    }
    String asked = args.length == 1 ? args[0] : ownAddress(environment);
    try {
      if (new URL(asked).openConnection(Proxy.NO_PROXY) instanceof HttpURLConnection connection) {
        return ask(connection, out, err);
      }
      err.println("rollcall: health: " + asked + " (expected: a URL that begins with http://)");
      return USAGE;
    } catch (MalformedURLException | IllegalArgumentException e) {
      err.println("rollcall: health: " + asked + " (expected: a URL that begins with http://)");
      return USAGE;
    } catch (IOException e) {
      err.println("rollcall: " + asked + " does not answer: " + e.getMessage());
      return NOT_READY;
    }
  }

  private static int ask(HttpURLConnection connection, PrintWriter out, PrintWriter err)
      throws IOException {
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    connection.setInstanceFollowRedirects(false);
    int status = connection.getResponseCode();
    boolean ready = status == HttpURLConnection.HTTP_OK;
    try (InputStream body = ready ? connection.getInputStream() : connection.getErrorStream()) {
      String text =
          body == null
              ? ""
              : new String(body.readNBytes(MOST_BYTES), StandardCharsets.UTF_8).strip();
      if (ready) {
        out.println(text);
        return OK;
      }
      err.println("rollcall: " + connection.getURL() + " answers " + status + ": " + text);
      return NOT_READY;
    }
  }

  /** Where a server with this environment listens, as seen from beside it. */
  private static String ownAddress(Map<String, String> environment) {
    String host = environment.getOrDefault("ROLLCALL_HOST", "");
    String port = environment.getOrDefault("ROLLCALL_HTTP_PORT", "7071");
    String near =
        switch (host) {
          case "", "0.0.0.0" -> "127.0.0.1";
          case "::" -> "[::1]";
          default -> host.contains(":") ? "[" + host + "]" : host;
        };
    return "http://" + near + ":" + port + "/readyz";
  }
}
