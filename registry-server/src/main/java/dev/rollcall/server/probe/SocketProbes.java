// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TCP connects and plain HTTP, all on one selector thread: a target that keeps its asker waiting
 * costs a socket, not a thread. Every channel belongs to the selector thread alone; other threads
 * hand it tasks.
 */
final class SocketProbes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SocketProbes.class);

  private final Selector selector;
  private final Thread thread;
  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  SocketProbes(ThreadFactory threads) {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    thread = threads.newThread(this::run);
    thread.start();
  }

  /**
   * Connects, and asks if there is something to ask. Never blocks.
   *
   * @param exchange null: to be connected is enough
   */
  Asker.Asking ask(Target target, @Nullable HttpExchange exchange, Consumer<Finding> found) {
    Talk talk = new Talk(target, exchange, found);
    hand(talk::connect);
    return talk;
  }

  private void hand(Runnable task) {
    tasks.offer(task);
    selector.wakeup();
  }

  @Override
  public void close() {
    closed = true;
    selector.wakeup();
  }

  private void run() {
    try {
      while (!closed) {
        selector.select(key -> ((Talk) key.attachment()).ready());
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
          task.run();
        }
      }
      for (SelectionKey key : selector.keys()) {
        ((Talk) key.attachment()).closeChannel();
      }
      selector.close();
    } catch (IOException e) {
      log.error("the probes' selector failed; no TCP and HTTP probes until a restart", e);
    }
  }

  /** One target being asked. On the selector thread, but for stage and abandon. */
  private final class Talk implements Asker.Asking {
    private final Target target;
    private final @Nullable HttpExchange exchange;
    private final Consumer<Finding> found;
    private volatile String stage = "connecting";
    private @Nullable SocketChannel channel;
    private ByteBuffer unsent = ByteBuffer.allocate(0);
    private byte[] answer = new byte[0];
    private boolean ended;

    Talk(Target target, @Nullable HttpExchange exchange, Consumer<Finding> found) {
      this.target = target;
      this.exchange = exchange;
      this.found = found;
    }

    @Override
    public String stage() {
      return stage;
    }

    @Override
    public void abandon() {
      hand(this::closeChannel);
    }

    void connect() {
      if (ended) {
        return;
      }
      try {
        SocketChannel opened = SocketChannel.open();
        channel = opened;
        opened.configureBlocking(false);
        if (opened.connect(target.address())) {
          connected(opened, opened.register(selector, 0, this));
        } else {
          opened.register(selector, SelectionKey.OP_CONNECT, this);
        }
      } catch (IOException e) {
        end(Finding.of(e));
      }
    }

    /** The channel can do what it was waiting for. */
    void ready() {
      SocketChannel open = channel;
      if (ended || open == null) {
        return;
      }
      try {
        SelectionKey key = open.keyFor(selector);
        if (key.isConnectable()) {
          open.finishConnect();
          connected(open, key);
        } else if (key.isWritable()) {
          send(open, key);
        } else if (key.isReadable()) {
          receive(open);
        }
      } catch (IOException e) {
        end(Finding.of(e));
      }
    }

    private void connected(SocketChannel open, SelectionKey key) throws IOException {
      if (open.getLocalAddress().equals(open.getRemoteAddress())) {
        // nobody listens there, and the system happened to pick that very port for this end
        end(Finding.refused());
      } else if (exchange == null) {
        end(Finding.passed("connected"));
      } else {
        unsent = ByteBuffer.wrap(exchange.request());
        send(open, key);
      }
    }

    private void send(SocketChannel open, SelectionKey key) throws IOException {
      open.write(unsent);
      stage = "waiting for an answer";
      key.interestOps(unsent.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ);
    }

    private void receive(SocketChannel open) throws IOException {
      ByteBuffer more = ByteBuffer.allocate(HttpExchange.MOST_BYTES - answer.length);
      int count = open.read(more);
      if (count < 0) {
        end(HttpExchange.closed(answer.length));
        return;
      }
      int had = answer.length;
      answer = Arrays.copyOf(answer, had + count);
      more.flip().get(answer, had, count);
      Finding finding = HttpExchange.read(answer, answer.length);
      if (finding != null) {
        end(finding);
      }
    }

    private void end(Finding finding) {
      boolean first = !ended;
      closeChannel();
      if (first) {
        found.accept(finding);
      }
    }

    private void closeChannel() {
      ended = true;
      SocketChannel open = channel;
      channel = null;
      if (open != null) {
        try {
          open.close();
        } catch (IOException e) {
          log.debug("closing a probe's socket", e);
        }
      }
    }
  }
}
