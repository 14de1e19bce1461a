// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;

/**
 * Web servers in a process of their own, which answer every GET with 204. Stopped, they take
 * connections and say nothing: what a prober sees when packets vanish on its way.
 */
public final class WebTargets implements AutoCloseable {
  private final Process process;
  private final List<Integer> ports = new ArrayList<>();

  /** Starts so many. */
  public WebTargets(int count) throws IOException {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                WebTargets.class.getName(),
                Integer.toString(count))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    for (int i = 0; i < count; i++) {
      ports.add(Integer.parseInt(process.inputReader().readLine()));
    }
  }

  /** Runs until it is killed; prints the ports. */
  public static void main(String[] args) throws IOException {
    var threads = Executors.newFixedThreadPool(4);
    for (int i = 0; i < Integer.parseInt(args[0]); i++) {
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      HttpServer web = HttpServer.create(address, 50);
      web.setExecutor(threads);
      web.createContext(
          "/",
          exchange -> {
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
          });
      web.start();
      System.out.println(web.getAddress().getPort());
    }
  }

  /** Where they listen. */
  public List<Integer> ports() {
    return List.copyOf(ports);
  }

  /** Sends their process a signal by name: STOP, CONT. */
  public void signal(String name) throws IOException, InterruptedException {
    BeatingProcess.signal(process, name);
  }

  @Override
  public void close() {
    try {
      process.destroyForcibly().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
