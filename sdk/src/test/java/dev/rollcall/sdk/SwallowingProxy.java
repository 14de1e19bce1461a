// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

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

/** A network on loopback whose connections turn into black holes; new ones work. */
final class SwallowingProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final int targetPort;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Set<Socket> swallowed = ConcurrentHashMap.newKeySet();

  private volatile boolean hanging;

  SwallowingProxy(String target) throws IOException {
    targetPort = HostPort.parse(target).port();
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    threads.execute(this::accept);
  }

  String address() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  /** From now on the connections that are open stay so, and carry nothing. */
  void swallow() {
    swallowed.addAll(sockets);
  }

  /** From now on nothing gets through, in either direction and on new connections too. */
  void hang() {
    hanging = true;
  }

  /** New connections work again; what was sent meanwhile is lost. */
  void goOn() {
    hanging = false;
  }

  @Override
  public void close() throws IOException {
    listener.close();
    sockets.forEach(SwallowingProxy::close);
    threads.shutdownNow();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        sockets.add(client);
        connect(client);
      } catch (IOException e) {
        // the listener was closed
      }
    }
  }

  private void connect(Socket client) {
    try {
      Socket server = new Socket(InetAddress.getLoopbackAddress(), targetPort);
      sockets.add(server);
      threads.execute(() -> pump(client, server));
      threads.execute(() -> pump(server, client));
    } catch (IOException e) {
      close(client);
    }
  }

  private void pump(Socket from, Socket to) {
    byte[] buffer = new byte[16 << 10];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (hanging) {
          swallowed.add(from);
        }
        if (!swallowed.contains(from)) {
          out.write(buffer, 0, read);
        }
      }
    } catch (IOException e) {
      // one side ended; so does the other
    }
    close(from);
    close(to);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // closed already
    }
  }
}
