// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.ollama;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Calls Ollamas. An answer is handed over with its first bytes, so nothing begins in vain. */
final class Upstream implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 << 10;

  private final HttpClient http =
      HttpClient.newBuilder()
          // no attempt to speak HTTP/2, which is a header in each request
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();
  private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, Upstream::d);
  private final Duration firstByte;
  private final Duration silence;

  /**
   * With these patiences.
   *
   * @param firstByte for an answer to begin: a model may have to be loaded first
   * @param silence within an answer
   */
  Upstream(Duration firstByte, Duration silence) {
    this.firstByte = firstByte;
    this.silence = silence;
    clock.setRemoveOnCancelPolicy(true);
  }

  private static Thread d(Runnable task) {
    Thread thread = new Thread(task, "upstream-clock");
    thread.setDaemon(true);
    return thread;
  }

  HttpClient http() {
    return http;
  }

  /** What is asked. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Ask(String method, String uri, Iterable<Map.Entry<String, String>> headers, byte[] body) {}

  /**
   * Asks, and waits for the first bytes of the answer's body, or for its end.
   *
   * @throws IOException if none came, in words for a person; another Ollama may be asked
   */
  Reply ask(Backend backend, Ask ask, Gone caller) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(backend.at(ask.uri()))
            .timeout(firstByte)
            .method(
                ask.method(),
                ask.body().length == 0
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofByteArray(ask.body()));
    for (Map.Entry<String, String> header : ask.headers()) {
      if (Headers.goesUpstream(header.getKey())) {
        request.header(header.getKey(), header.getValue());
      }
    }
    CompletableFuture<HttpResponse<InputStream>> asking =
        http.sendAsync(request.build(), BodyHandlers.ofInputStream());
    caller.onGone(() -> asking.cancel(true));
    HttpResponse<InputStream> response = await(asking);
    var reply = new Reply(response);
    caller.onGone(reply::close);
    try {
      reply.readFirst();
      return reply;
    } catch (IOException e) {
      reply.close();
      throw e;
    }
  }

  private static HttpResponse<InputStream> await(
      CompletableFuture<HttpResponse<InputStream>> asking) throws IOException {
    try {
      return asking.get();
    } catch (ExecutionException e) {
      throw new IOException(Headers.trouble(e), e);
    } catch (InterruptedException e) {
      asking.cancel(true);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (java.util.concurrent.CancellationException e) {
      throw new IOException("the caller has left", e);
    }
  }

  /** An answer whose beginning is here. */
  final class Reply implements AutoCloseable {
    private final HttpResponse<InputStream> response;
    private byte[] first = new byte[0];

    private Reply(HttpResponse<InputStream> response) {
      this.response = response;
    }

    int status() {
      return response.statusCode();
    }

    Map<String, List<String>> headers() {
      return response.headers().map();
    }

    long length() {
      return response.headers().firstValueAsLong("content-length").orElse(-1);
    }

    private void readFirst() throws IOException {
      byte[] buffer = new byte[BUFFER_BYTES];
      int count = read(buffer, firstByte, "no byte of the answer within ");
      first = Arrays.copyOf(buffer, Math.max(0, count));
    }

    /** The next bytes of the body, as they came; -1: that was all. */
    int read(byte[] into) throws IOException {
      if (first.length > 0) {
        int count = first.length;
        System.arraycopy(first, 0, into, 0, count);
        first = new byte[0];
        return count;
      }
      return read(into, silence, "nothing more of the answer within ");
    }

    byte[] buffer() {
      return new byte[BUFFER_BYTES];
    }

    private int read(byte[] into, Duration patience, String complaint) throws IOException {
      boolean[] late = new boolean[1];
      ScheduledFuture<?> timer =
          clock.schedule(
              () -> {
                late[0] = true;
                close();
              },
              patience.toMillis(),
              TimeUnit.MILLISECONDS);
      try {
        int count = response.body().read(into);
        if (late[0]) {
          throw new IOException(complaint + patience.toSeconds() + " s");
        }
        return count;
      } catch (IOException e) {
        throw late[0] ? new IOException(complaint + patience.toSeconds() + " s", e) : e;
      } finally {
        timer.cancel(false);
      }
    }

    /** Ends the call where it stands: the Ollama stops. */
    @Override
    public void close() {
      try {
        response.body().close();
      } catch (IOException e) {
        // it is over in any case
        return;
      }
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
