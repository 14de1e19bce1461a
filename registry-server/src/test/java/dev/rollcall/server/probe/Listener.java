// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A server on loopback that treats each connection in its own way. */
final class Listener implements AutoCloseable {
  private final ServerSocket server;
  private final Way way;
  private final AtomicInteger accepted = new AtomicInteger();
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  /** What it does with a connection. */
  interface Way {
    void treat(Socket socket) throws IOException;
  }

  Listener(Way way) throws IOException {
    this(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), way);
  }

  Listener(ServerSocket server, Way way) {
    this.server = server;
    this.way = way;
    start(this::accept);
  }

  /** Says this as soon as a request has begun, and then keeps the connection open. */
  static Way saying(String text) {
    return socket -> {
      int unused = socket.getInputStream().read();
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
    };
  }

  /** Never says anything. */
  static Way silent() {
    return socket -> {};
  }

  /** Resets the connection once a request has begun. */
  static Way resetting() {
    return socket -> {
      int unused = socket.getInputStream().read();
      socket.setSoLinger(true, 0);
      socket.close();
    };
  }

  /** Says this byte by byte, slowly. */
  static Way trickling(String text) {
    return socket -> {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      socket.setSoTimeout(60);
      for (int i = 0; i < bytes.length; ) {
        try {
          if (socket.getInputStream().read() < 0) {
            return;
          }
        } catch (SocketTimeoutException e) {
          socket.getOutputStream().write(bytes[i++]);
        }
      }
    };
  }

  /** Begins well and never ends. */
  static Way endless(String text) {
    return socket -> {
      byte[] bytes = text.repeat(1_000).getBytes(StandardCharsets.ISO_8859_1);
      while (!socket.isClosed()) {
        socket.getOutputStream().write(bytes);
      }
    };
  }

  String address() {
    return "127.0.0.1:" + port();
  }

  int port() {
    return server.getLocalPort();
  }

  int accepted() {
    return accepted.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        accepted.incrementAndGet();
        open.add(socket);
        start(() -> treat(socket));
      }
    } catch (IOException e) {
      // closed: the test is over
    }
  }

  private void treat(Socket socket) {
    try {
      way.treat(socket);
    } catch (IOException e) {
      // the prober has seen enough
    }
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "listener");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
