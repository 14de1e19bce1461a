// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import io.javalin.http.Context;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A request's body, read as it comes: no thread waits for a client that is slow, and what all
 * bodies take together is bounded. Called by the HTTP server, one call after the other.
 */
final class Body implements ReadListener {
  private static final int WITHIN_SECONDS = 10;
  private static final long MOST_BYTES = 32L << 20;

  private static final long LEAST_BYTES = 8L << 20;

  /**
   * While a body is made into a message there are up to eight copies of it: a quarter of the heap.
   */
  private static final long ALL_BYTES =
      Math.max(LEAST_BYTES, Math.min(MOST_BYTES, Runtime.getRuntime().maxMemory() / 32));

  /**
   * What is read, and thrown away, of a body that is refused: a client that still sends when it is
   * hung up on never reads why.
   */
  private static final long PATIENCE_BYTES = 16L << 20;

  /** Of all bodies that are being read or made into messages. */
  private static final AtomicLong held = new AtomicLong();

  private final ServletInputStream in;
  private final int most;
  private final ByteArrayOutputStream content = new ByteArrayOutputStream();
  private final byte[] chunk = new byte[8 << 10];
  private final CompletableFuture<String> text = new CompletableFuture<>();
  private long bytes;
  private @Nullable JsonError refusal;
  private boolean released;

  private Body(ServletInputStream in, int most) {
    this.in = in;
    this.most = most;
  }

  /**
   * Goes on with the text once it is there; or ends with a {@link JsonError} that says why not.
   *
   * @param then makes of the text what it is for, before it returns
   */
  static CompletableFuture<Void> read(
      Context http, int most, Function<String, CompletableFuture<Void>> then) {
    HttpServletRequest request = http.req();
    long length = request.getContentLengthLong();
    if (length == 0 || (length < 0 && request.getHeader("Transfer-Encoding") == null)) {
      return then.apply("");
    }
    if (length > PATIENCE_BYTES || (length > most && request.getHeader("Expect") != null)) {
      return CompletableFuture.failedFuture(tooLarge(most));
    }
    AsyncContext async =
        request.isAsyncStarted() ? request.getAsyncContext() : request.startAsync();
    async.setTimeout(0);
    try {
      Body body = new Body(request.getInputStream(), most);
      if (length > most) {
        body.refuse(tooLarge(most));
      }
      body.in.setReadListener(body);
      return body.text
          .completeOnTimeout("", WITHIN_SECONDS, TimeUnit.SECONDS)
          .thenApply(body::inTime)
          .thenCompose(read -> body.handOn(read, then))
          .whenComplete((done, failure) -> body.release());
    } catch (IOException e) {
      return CompletableFuture.failedFuture(gone());
    }
  }

  private synchronized String inTime(String read) {
    if (refusal != null) {
      throw refusal;
    }
    if (read.isEmpty() && !in.isFinished()) {
      throw JsonError.of(
          408,
          "BODY_TOO_SLOW",
          "the body did not come in time (expected: within " + WITHIN_SECONDS + " s)");
    }
    return read;
  }

  private CompletableFuture<Void> handOn(
      String read, Function<String, CompletableFuture<Void>> then) {
    try {
      return then.apply(read);
    } finally {
      release();
    }
  }

  @Override
  public void onDataAvailable() throws IOException {
    while (in.isReady() && !in.isFinished() && !text.isDone()) {
      int read = in.read(chunk);
      if (read > 0) {
        take(read);
      }
    }
  }

  private void take(int read) {
    if (counted(read) > PATIENCE_BYTES) {
      text.complete("");
    }
  }

  private synchronized long counted(int read) {
    bytes += read;
    if (refusal == null && !released) {
      content.write(chunk, 0, read);
      long all = held.addAndGet(read);
      if (bytes > most) {
        refuse(tooLarge(most));
      } else if (all > ALL_BYTES) {
        refuse(JsonError.of(503, "TOO_BUSY", "too many large bodies at once; try again"));
      }
    }
    return bytes;
  }

  private synchronized void refuse(JsonError why) {
    refusal = why;
    held.addAndGet(-content.size());
    content.reset();
  }

  private synchronized void release() {
    released = true;
    held.addAndGet(-content.size());
    content.reset();
  }

  @Override
  public void onAllDataRead() {
    try {
      text.complete(decoded());
    } catch (CharacterCodingException e) {
      text.completeExceptionally(
          JsonError.of(400, "INVALID_JSON", "the body is no text (expected: UTF-8)"));
    }
  }

  private synchronized String decoded() throws CharacterCodingException {
    ByteBuffer read = ByteBuffer.wrap(content.toByteArray());
    return StandardCharsets.UTF_8.newDecoder().decode(read).toString();
  }

  @Override
  public void onError(Throwable failure) {
    text.completeExceptionally(gone());
  }

  private static JsonError tooLarge(int most) {
    return JsonError.of(
        413, "BODY_TOO_LARGE", "the body is too large (expected: at most " + most + " bytes)");
  }

  /** Nobody reads that. */
  private static JsonError gone() {
    return JsonError.of(400, "BAD_REQUEST", "the body ended before its end");
  }
}
