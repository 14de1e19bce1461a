// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import java.io.IOException;
import java.io.InputStream;
import java.net.Proxy;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTPS. It blocks, in a pool of threads that is as large as the lanes of HTTPS probes are wide:
 * the JDK's own client cannot connect to a checked address and still keep the name for SNI, Host
 * and the certificate, and a handshake by hand over a selector is not worth its size.
 */
final class TlsProbes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TlsProbes.class);
  private static final int IDLE_SECONDS = 10;

  private final SSLContext context;
  private final ThreadPoolExecutor pool;

  /**
   * With a pool of this many threads at most.
   *
   * @param trust whom to trust; null: as the JDK is configured
   */
  TlsProbes(int most, TrustManager @Nullable [] trust, ThreadFactory threads) {
    try {
      context = SSLContext.getInstance("TLS");
      context.init(null, trust, null);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK has no TLS, or a trust store it cannot read", e);
    }
    pool =
        new ThreadPoolExecutor(
            0, most, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), threads);
  }

  /** Connects, shakes hands and asks. Never blocks the caller. */
  Asker.Asking ask(Target target, HttpExchange exchange, Consumer<Finding> found) {
    Talk talk = new Talk(target, exchange);
    try {
      pool.execute(() -> talk.run(found));
    } catch (RejectedExecutionException e) {
      // threads of abandoned probes are still on their way out
      found.accept(Finding.untried("the registry has no thread left to probe with"));
    }
    return talk;
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }

  private final class Talk implements Asker.Asking {
    private final Target target;
    private final HttpExchange exchange;
    private volatile String stage = "connecting";
    private volatile @Nullable Socket socket;
    private volatile boolean abandoned;

    Talk(Target target, HttpExchange exchange) {
      this.target = target;
      this.exchange = exchange;
    }

    @Override
    public String stage() {
      return stage;
    }

    @Override
    public void abandon() {
      abandoned = true;
      // wakes the thread that blocks on it
      close(socket);
    }

    void run(Consumer<Finding> found) {
      // no proxy: the system properties for one must not lead a probe elsewhere
      try (Socket raw = new Socket(Proxy.NO_PROXY)) {
        socket = raw;
        if (abandoned) {
          return;
        }
        raw.connect(target.address());
        found.accept(talk(raw));
      } catch (IOException e) {
        if (!abandoned) {
          found.accept(Finding.of(e));
        }
      }
    }

    private Finding talk(Socket raw) throws IOException {
      stage = "shaking hands";
      boolean closeBoth = true;
      try (SSLSocket tls =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(raw, target.host(), target.port(), closeBoth)) {
        SSLParameters parameters = tls.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        tls.setSSLParameters(parameters);
        tls.startHandshake();
        stage = "waiting for an answer";
        tls.getOutputStream().write(exchange.request());
        Finding finding = receive(tls.getInputStream());
        // closed below TLS: an orderly end would wait for the other side
        raw.close();
        return finding;
      }
    }

    private Finding receive(InputStream in) throws IOException {
      byte[] answer = new byte[HttpExchange.MOST_BYTES];
      int length = 0;
      while (length < answer.length) {
        int count = in.read(answer, length, answer.length - length);
        if (count < 0) {
          break;
        }
        length += count;
        Finding finding = HttpExchange.read(answer, length);
        if (finding != null) {
          return finding;
        }
      }
      return HttpExchange.closed(length);
    }
  }

  private static void close(@Nullable Socket socket) {
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        log.debug("closing a probe's socket", e);
      }
    }
  }
}
