// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import io.grpc.netty.shaded.io.netty.bootstrap.ServerBootstrap;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInitializer;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.SimpleChannelInboundHandler;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http.FullHttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpObjectAggregator;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpServerCodec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP port. It reads on while a request is answered, so that it sees at once when a caller
 * leaves: the model behind it must not go on for nobody. Each request is answered on a thread of
 * its own.
 */
final class Front implements AutoCloseable {
  /** Pictures come within requests, in base64. */
  private static final int BODY_BYTES = 64 << 20;

  /** Requests that a connection may send before the first of them is answered. */
  private static final int AHEAD = 16;

  private static final int MOMENT_SECONDS = 2;

  private static final Logger log = LoggerFactory.getLogger(Front.class);

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, daemons("front"), NioIoHandler.newFactory());
  private final ExecutorService threads = Executors.newCachedThreadPool(daemons("request"));
  private final Handler handler;
  private final Channel server;

  /** Answers requests. */
  interface Handler {
    /** Called on a thread of the request's own; it may block. */
    void handle(Exchange exchange) throws IOException;
  }

  private Front(InetSocketAddress address, Handler handler) throws IOException {
    this.handler = handler;
    var binding =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(),
                            new HttpObjectAggregator(BODY_BYTES),
                            new Connection());
                  }
                })
            .bind(address)
            .awaitUninterruptibly();
    if (!binding.isSuccess()) {
      close(group, threads);
      throw new IOException(binding.cause());
    }
    server = binding.channel();
  }

  private static ThreadFactory daemons(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  /** Listens; port 0: any free one. */
  static Front open(String host, int port, Handler handler) throws IOException {
    return new Front(new InetSocketAddress(host, port), handler);
  }

  int port() {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  /** One connection; on the event loop. */
  private final class Connection extends SimpleChannelInboundHandler<FullHttpRequest> {
    private final Deque<Exchange> waiting = new ArrayDeque<>();
    private @Nullable Exchange current;

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      Channel channel = context.channel();
      if (request.decoderResult().isFailure() || waiting.size() == AHEAD) {
        var unused = channel.close();
        return;
      }
      Runnable finished = () -> channel.eventLoop().execute(this::next);
      waiting.add(new Exchange(channel, request, finished));
      if (current == null) {
        next();
      }
    }

    private void next() {
      Exchange now = waiting.poll();
      current = now;
      if (now != null) {
        try {
          threads.execute(() -> run(now));
        } catch (RejectedExecutionException e) {
          // the port is being closed
          now.abort();
        }
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      Exchange now = current;
      if (now != null) {
        now.closed();
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      Exchange now = current;
      if (now != null) {
        now.writable();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      log.debug("a connection broke", cause);
      var unused = context.close();
    }
  }

  private void run(Exchange exchange) {
    try {
      handler.handle(exchange);
    } catch (IOException e) {
      log.debug("{} was broken off: {}", exchange.path(), e.getMessage());
      exchange.abort();
    } catch (RuntimeException | Error e) {
      log.error("{} failed", exchange.path(), e);
      exchange.abort();
    }
  }

  /** Takes no more requests; those under way get a moment to end. */
  @Override
  public void close() {
    var unused = server.close();
    threads.shutdown();
    try {
      boolean done = threads.awaitTermination(MOMENT_SECONDS, TimeUnit.SECONDS);
      log.debug("all requests were answered: {}", done);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close(group, threads);
  }

  private static void close(EventLoopGroup group, ExecutorService threads) {
    threads.shutdownNow();
    var unused = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
