// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * A network between clients and a server, on loopback, that a test can break. Two threads for each
 * connection.
 */
public final class CuttingProxy implements AutoCloseable {
  private final ServerSocket listener;
  private volatile int targetPort;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger dropped = new AtomicInteger();
  private volatile boolean dropsReplies;

  /** Starts a proxy to a port of loopback. */
  public CuttingProxy(int targetPort) throws IOException {
    this.targetPort = targetPort;
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  /** Where clients connect. */
  public int port() {
    return listener.getLocalPort();
  }

  /** From now on connections lead to another port of loopback; those there are end. */
  public void leadTo(int port) {
    targetPort = port;
    cut();
  }

  /** The requests from now on reach the server, and the replies to them vanish. */
  public void dropReplies() {
    dropsReplies = true;
  }

  /** From now on everything passes again; bytes that vanished stay lost. */
  public void pass() {
    dropsReplies = false;
  }

  /** How many chunks of replies have vanished. */
  public int droppedReplies() {
    return dropped.get();
  }

  /** Resets every connection. */
  public void cut() {
    sockets.forEach(CuttingProxy::reset);
    sockets.clear();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
    threads.shutdownNow();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), targetPort);
        sockets.add(client);
        sockets.add(server);
        // a reply that is still on its way when the drop is ordered belongs to an older request
        AtomicBoolean vanishes = new AtomicBoolean();
        threads.execute(() -> pump(client, server, () -> asks(vanishes)));
        threads.execute(() -> pump(server, client, () -> drops(vanishes)));
      } catch (IOException e) {
        // the listener was closed, or the server is away: the client sees its connection end
      }
    }
  }

  private boolean asks(AtomicBoolean vanishes) {
    vanishes.set(dropsReplies);
    return true;
  }

  private boolean drops(AtomicBoolean vanishes) {
    if (dropsReplies && vanishes.get()) {
      dropped.incrementAndGet();
      return false;
    }
    return true;
  }

  /** Carries bytes one way until a side ends; {@code passes} is asked about each chunk. */
  private static void pump(Socket from, Socket to, BooleanSupplier passes) {
    byte[] buffer = new byte[16 << 10];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (passes.getAsBoolean()) {
          out.write(buffer, 0, read);
        }
      }
    } catch (IOException e) {
      // one side ended; so does the other
    }
    reset(from);
    reset(to);
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // closed already
    }
  }
}
