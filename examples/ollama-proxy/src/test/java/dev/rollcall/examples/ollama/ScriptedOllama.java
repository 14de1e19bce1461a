// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * A peer on a raw socket that answers a POST exactly as the test says, byte by byte: no library
 * rounds anything off.
 */
final class ScriptedOllama implements AutoCloseable {
  private static final byte[] CRLF = {'\r', '\n'};

  private final ServerSocket listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private volatile Script script = wire -> wire.whole(200, "{}");

  /** The bodies of the POSTs that came. */
  final List<String> asked = new CopyOnWriteArrayList<>();

  /** The heads of the POSTs that came. */
  final List<String> heads = new CopyOnWriteArrayList<>();

  /** Opens when a caller closed its connection while it was being answered. */
  final CountDownLatch left = new CountDownLatch(1);

  /** What GETs are answered with: a body in JSON for each path. */
  final java.util.Map<String, String> gets = new ConcurrentHashMap<>();

  /** What becomes of a POST. */
  interface Script {
    void play(Wire wire) throws IOException, InterruptedException;
  }

  ScriptedOllama(Script script) throws IOException {
    this.script = script;
    Thread thread = new Thread(this::accept, "scripted");
    thread.setDaemon(true);
    thread.start();
  }

  String address() {
    return "127.0.0.1:" + listening.getLocalPort();
  }

  void then(Script next) {
    script = next;
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listening.accept();
        socket.setTcpNoDelay(true);
        open.add(socket);
        Thread thread = new Thread(() -> serve(socket), "scripted-connection");
        thread.setDaemon(true);
        thread.start();
      }
    } catch (IOException e) {
      return; // closed
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      for (String head = head(in); !head.isEmpty(); head = head(in)) {
        String body = new String(in.readNBytes(length(head)), StandardCharsets.UTF_8);
        var wire = new Wire(socket);
        if (head.startsWith("POST")) {
          heads.add(head);
          asked.add(body);
          script.play(wire);
        } else {
          String path = head.split(" ", 3)[1];
          String json = gets.get(path);
          wire.whole(json == null ? 404 : 200, json == null ? "{}" : json);
        }
      }
    } catch (IOException | InterruptedException e) {
      return; // the script or the caller ended it
    } finally {
      open.remove(socket);
    }
  }

  private static String head(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
      int b = in.read();
      if (b < 0) {
        return "";
      }
      head.write(b);
    }
    return head.toString(StandardCharsets.ISO_8859_1);
  }

  private static int length(String head) {
    for (String line : head.split("\r\n", -1)) {
      if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
        return Integer.parseInt(line.substring(15).strip());
      }
    }
    return 0;
  }

  /** The way back to the caller. */
  final class Wire {
    private final Socket socket;
    private final OutputStream out;

    Wire(Socket socket) throws IOException {
      this.socket = socket;
      this.out = socket.getOutputStream();
    }

    void raw(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.UTF_8));
      out.flush();
    }

    void whole(int status, String body) throws IOException {
      raw(
          "HTTP/1.1 %d X\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s"
              .formatted(status, body.getBytes(StandardCharsets.UTF_8).length, body));
    }

    void begin(String type) throws IOException {
      raw("HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nTransfer-Encoding: chunked\r\n\r\n");
    }

    void chunk(byte[] bytes) throws IOException {
      raw(Integer.toHexString(bytes.length) + "\r\n");
      out.write(bytes);
      out.write(CRLF);
      out.flush();
    }

    void end() throws IOException {
      raw("0\r\n\r\n");
    }

    /** The body in chunks that are cut anywhere, and so are the packets that carry them. */
    void cutAnywhere(byte[] body, Random random) throws IOException {
      for (int at = 0; at < body.length; ) {
        int size = Math.min(body.length - at, 1 + random.nextInt(random.nextBoolean() ? 7 : 300));
        chunk(java.util.Arrays.copyOfRange(body, at, at + size));
        at += size;
      }
      end();
    }

    /** Says nothing more until the caller leaves. */
    void hang() throws IOException {
      try {
        if (socket.getInputStream().read() < 0) {
          left.countDown();
        }
      } catch (IOException e) {
        left.countDown();
      }
      socket.close();
    }

    /** Ends the connection where it stands. */
    void cut() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }
  }

  /** Nobody listens any more, and who is connected is cut off. */
  @Override
  public void close() throws IOException {
    listening.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
