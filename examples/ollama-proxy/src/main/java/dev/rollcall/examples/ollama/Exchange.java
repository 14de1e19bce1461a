// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.Channel;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelFutureListener;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultHttpContent;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultHttpResponse;
import io.grpc.netty.shaded.io.netty.handler.codec.http.DefaultLastHttpContent;
import io.grpc.netty.shaded.io.netty.handler.codec.http.FullHttpRequest;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaderNames;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpHeaders;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpMethod;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpResponseStatus;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpUtil;
import io.grpc.netty.shaded.io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One request and its answer. The answer is written by one thread, which waits while the caller
 * does not read; the caller's leaving is noticed at once.
 */
final class Exchange implements Gone {
  private final Channel channel;
  private final Runnable finished;
  private final HttpMethod method;
  private final String uri;
  private final HttpVersion version;
  private final HttpHeaders headers;
  private final byte[] body;
  private final boolean keepAlive;

  /** Guarded by itself. */
  private final List<Runnable> whenGone = new ArrayList<>();

  private boolean gone;
  private boolean closeAfter;
  private boolean over;

  /**
   * A request that came in whole.
   *
   * @param finished run when the next request of this connection may be answered
   */
  Exchange(Channel channel, FullHttpRequest request, Runnable finished) {
    this.channel = channel;
    this.finished = finished;
    method = request.method();
    uri = request.uri();
    version = request.protocolVersion();
    headers = request.headers().copy();
    body = new byte[request.content().readableBytes()];
    request.content().readBytes(body);
    keepAlive = HttpUtil.isKeepAlive(request);
  }

  String method() {
    return method.name();
  }

  /** Path and query, as they came. */
  String uri() {
    return uri;
  }

  String path() {
    int query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }

  Iterable<Map.Entry<String, String>> headers() {
    return headers;
  }

  byte[] body() {
    return body;
  }

  @Override
  public boolean isGone() {
    synchronized (whenGone) {
      return gone;
    }
  }

  @Override
  public void onGone(Runnable task) {
    synchronized (whenGone) {
      if (!gone) {
        if (!over) {
          whenGone.add(task);
        }
        return;
      }
    }
    task.run();
  }

  /** The connection is closed, or can be written to again. */
  void closed() {
    List<Runnable> tasks;
    synchronized (whenGone) {
      gone = true;
      tasks = List.copyOf(whenGone);
      whenGone.clear();
      whenGone.notifyAll();
    }
    tasks.forEach(Runnable::run);
  }

  void writable() {
    synchronized (whenGone) {
      whenGone.notifyAll();
    }
  }

  /**
   * Begins the answer.
   *
   * @param length of the body, or -1: its end is its last chunk
   */
  void begin(int status, Map<String, String> with, long length) {
    var response =
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
    with.forEach((name, value) -> response.headers().set(name, value));
    if (length >= 0) {
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
    } else if (version.equals(HttpVersion.HTTP_1_1)) {
      HttpUtil.setTransferEncodingChunked(response, true);
    }
    if (!staysOpen(length)) {
      response.headers().set(HttpHeaderNames.CONNECTION, "close");
    }
    closeAfter = !staysOpen(length);
    var unused = channel.writeAndFlush(response);
  }

  private boolean staysOpen(long length) {
    return keepAlive && (length >= 0 || version.equals(HttpVersion.HTTP_1_1));
  }

  /** Sends bytes of the body; waits while the caller does not read. */
  void write(byte[] bytes, int length) throws IOException {
    if (length == 0 || method.equals(HttpMethod.HEAD)) {
      return;
    }
    synchronized (whenGone) {
      try {
        while (!gone && !channel.isWritable()) {
          whenGone.wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
      if (gone) {
        throw new IOException("the caller has left");
      }
    }
    var unused =
        channel.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer(bytes, 0, length)));
  }

  /** That was all. */
  void end() {
    synchronized (whenGone) {
      over = true;
      whenGone.clear();
    }
    ChannelFuture written = channel.writeAndFlush(new DefaultLastHttpContent());
    if (closeAfter) {
      var unused = written.addListener(ChannelFutureListener.CLOSE);
    } else {
      finished.run();
    }
  }

  /** Breaks the answer off, so that nobody takes it for a whole one. */
  void abort() {
    var unused = channel.close();
  }

  /** A whole answer in JSON, or as text. */
  void answer(int status, String body, Map<String, String> with) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    begin(status, with, bytes.length);
    write(bytes, bytes.length);
    end();
  }
}
