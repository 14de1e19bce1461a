// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.rollcall.relay.v1.ReceiveRequest;
import dev.rollcall.relay.v1.ReceiveResponse;
import dev.rollcall.server.probe.Target;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.shaded.io.netty.bootstrap.Bootstrap;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInitializer;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.SimpleChannelInboundHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.TooLongFrameException;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.FullHttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.FullHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpClientCodec;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderNames;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpMethod;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpObjectAggregator;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Hands messages to POST /receive, each on a connection of its own to the address that was checked,
 * with the name as registered in Host. Redirects are not followed. Never blocks.
 */
final class HttpReceivers {
  /** JSON may write a byte of text as six. */
  private static final int BODY_BYTES = 6 * Relay.MESSAGE_BYTES + 1_024;

  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().alwaysPrintFieldsWithNoPresence().omittingInsignificantWhitespace();

  private final EventLoopGroup group;

  HttpReceivers(EventLoopGroup group) {
    this.group = group;
  }

  /** Begins; the current context's cancellation holds. */
  Attempt hand(Message message, Target target, Deadline deadline, Attempt.Listener listener) {
    FullHttpRequest request = request(message, target);
    var exchange = new Exchange(request, listener);
    ChannelFuture connecting =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, Connections.CONNECT_MILLIS)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new HttpClientCodec(), new HttpObjectAggregator(BODY_BYTES), exchange);
                  }
                })
            .connect(target.address());
    exchange.follow(connecting, Context.current(), deadline);
    return exchange;
  }

  private static FullHttpRequest request(Message message, Target target) {
    ReceiveRequest json =
        ReceiveRequest.newBuilder().setSender(message.from()).setMessage(message.text()).build();
    byte[] body;
    try {
      body = PRINTER.print(json).getBytes(StandardCharsets.UTF_8);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("two strings are always JSON", e);
    }
    var request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.POST, "/receive", Unpooled.wrappedBuffer(body));
    request
        .headers()
        .set(HttpHeaderNames.HOST, target.authority())
        .set(HttpHeaderNames.USER_AGENT, "rollcall-relay")
        .set(HttpHeaderNames.ACCEPT, "application/json")
        .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
        .set(HttpHeaderNames.CONNECTION, "close")
        .set(Relay.HOP_HEADER, "1");
    return request;
  }

  /** One request and its answer; all of it on the event loop. */
  private static final class Exchange extends SimpleChannelInboundHandler<FullHttpResponse>
      implements Attempt {
    private final FullHttpRequest request;
    private final Attempt.Listener listener;
    private boolean over;

    Exchange(FullHttpRequest request, Attempt.Listener listener) {
      this.request = request;
      this.listener = listener;
    }

    void follow(ChannelFuture connecting, Context context, Deadline deadline) {
      Channel channel = connecting.channel();
      Context.CancellationListener left =
          now ->
              channel.eventLoop().execute(() -> end(channel, End.of(Status.CANCELLED), connecting));
      context.addListener(left, Runnable::run);
      var timer =
          channel
              .eventLoop()
              .schedule(
                  () ->
                      end(
                          channel,
                          End.of(Status.DEADLINE_EXCEEDED.withDescription("no answer in time")),
                          connecting),
                  Math.max(0, deadline.timeRemaining(TimeUnit.NANOSECONDS)),
                  TimeUnit.NANOSECONDS);
      var unusedTold =
          connecting.addListener(
              done -> {
                if (!done.isSuccess() && !connecting.isCancelled()) {
                  end(channel, End.unreached(Trouble.of(done.cause())), connecting);
                }
              });
      var unusedClosing =
          channel
              .closeFuture()
              .addListener(
                  closed -> {
                    timer.cancel(false);
                    context.removeListener(left);
                  });
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      var unused = context.writeAndFlush(request);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
      int code = response.status().code();
      if (code < 200 || code > 299) {
        Status status = HttpStatus.of(code).withDescription("the receiver answered HTTP " + code);
        end(context.channel(), new End(status, new Metadata(), false, ""), null);
        return;
      }
      try {
        ReceiveResponse.Builder answer = ReceiveResponse.newBuilder();
        JsonFormat.parser()
            .ignoringUnknownFields()
            .merge(response.content().toString(StandardCharsets.UTF_8), answer);
        if (answer.getMessageBytes().size() > Relay.MESSAGE_BYTES) {
          end(context.channel(), tooLarge(), null);
        } else if (!over) {
          listener.part(answer.getMessage());
          end(context.channel(), End.of(Status.OK), null);
        }
      } catch (InvalidProtocolBufferException e) {
        String wrong = "the receiver did not answer with {\"message\": \"…\"} in JSON";
        end(context.channel(), End.of(Status.INTERNAL.withDescription(wrong)), null);
      }
    }

    private static End tooLarge() {
      return End.of(Status.RESOURCE_EXHAUSTED.withDescription("the answer is larger than 1 MiB"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      end(
          context.channel(),
          cause instanceof TooLongFrameException ? tooLarge() : End.unreached(Trouble.of(cause)),
          null);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      end(context.channel(), End.unreached("connection closed before an answer"), null);
    }

    private void end(Channel channel, End end, @Nullable ChannelFuture connecting) {
      if (!over) {
        over = true;
        if (connecting != null) {
          connecting.cancel(false);
        }
        var unused = channel.close();
        listener.ended(end);
      }
    }

    @Override
    public void more() {
      // there is but one part
    }
  }
}
