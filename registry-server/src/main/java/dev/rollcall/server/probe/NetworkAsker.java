// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import dev.rollcall.server.catalog.HealthCheck;
import dev.rollcall.server.catalog.Registration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Asks over the network: looks the address up if it is a name, checks it, and asks there. Look-ups
 * block in two small pools, one for the targets that are known to be slow: a DNS zone that does not
 * answer must not hold up the others.
 */
final class NetworkAsker implements Asker {
  private static final int LOOKUPS = 8;
  private static final int SLOW_LOOKUPS = 4;
  private static final int WAITING_LOOKUPS = 10_000;
  private static final int IDLE_SECONDS = 10;

  private final ProbeTargets targets;
  private final SocketProbes sockets;
  private final TlsProbes tls;
  private final GrpcProbes grpc;
  private final ThreadPoolExecutor lookups;
  private final ThreadPoolExecutor slowLookups;

  /**
   * With threads of its own.
   *
   * @param mostTls how many HTTPS probes may be under way
   * @param trust whom to trust; null: as the JDK is configured
   */
  NetworkAsker(
      ProbeTargets targets, int mostTls, TrustManager @Nullable [] trust, ThreadFactory threads) {
    this.targets = targets;
    sockets = new SocketProbes(threads);
    tls = new TlsProbes(mostTls, trust, threads);
    grpc = new GrpcProbes(trust, threads);
    lookups = pool(LOOKUPS, threads);
    slowLookups = pool(SLOW_LOOKUPS, threads);
  }

  private static ThreadPoolExecutor pool(int size, ThreadFactory threads) {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            size,
            size,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(WAITING_LOOKUPS),
            threads);
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  @Override
  public Asking ask(Registration target, boolean slow, Consumer<Finding> found) {
    HealthCheck check = target.instance().healthCheck();
    String address = check == null ? null : address(target, check.question());
    if (check == null || address == null) {
      found.accept(Finding.failed("the check names an endpoint that the instance has not"));
      return new Journey(found);
    }
    Journey journey = new Journey(found);
    if (!ProbeTargets.needsLookup(address)) {
      journey.go(address, check.question());
      return journey;
    }
    try {
      (slow ? slowLookups : lookups).execute(() -> journey.go(address, check.question()));
    } catch (RejectedExecutionException e) {
      found.accept(Finding.untried("too many look-ups are waiting"));
    }
    return journey;
  }

  private static @Nullable String address(Registration target, HealthCheck.Question question) {
    if (question instanceof HealthCheck.Http http) {
      return target.instance().endpoint(http.endpoint());
    }
    return question instanceof HealthCheck.Tcp tcp
        ? target.instance().endpoint(tcp.endpoint())
        : target.instance().address();
  }

  private Asking connect(Target target, HealthCheck.Question question, Consumer<Finding> found) {
    if (question instanceof HealthCheck.Grpc health) {
      return grpc.ask(target, health, found);
    }
    if (question instanceof HealthCheck.Http http) {
      HttpExchange exchange = new HttpExchange(target, http.path());
      return http.tls() ? tls.ask(target, exchange, found) : sockets.ask(target, exchange, found);
    }
    return sockets.ask(target, null, found);
  }

  @Override
  public void close() {
    lookups.shutdownNow();
    slowLookups.shutdownNow();
    grpc.close();
    tls.close();
    sockets.close();
  }

  /** From an address to an answer. */
  private final class Journey implements Asking {
    private final Consumer<Finding> found;
    private volatile String waitsFor = "";
    private volatile @Nullable Asking at;
    private volatile boolean abandoned;

    Journey(Consumer<Finding> found) {
      this.found = found;
    }

    void go(String address, HealthCheck.Question question) {
      if (abandoned) {
        return;
      }
      waitsFor = "looking up its address";
      ProbeTargets.Located located = targets.locate(address);
      if (abandoned) {
        return;
      }
      if (located instanceof ProbeTargets.Located.Found there) {
        Asking asking = connect(there.target(), question, found);
        at = asking;
        if (abandoned) {
          asking.abandon();
        }
      } else if (located instanceof ProbeTargets.Located.Refused refused) {
        found.accept(refused.finding());
      }
    }

    @Override
    public String stage() {
      Asking asking = at;
      return asking == null ? waitsFor : asking.stage();
    }

    @Override
    public void abandon() {
      abandoned = true;
      Asking asking = at;
      if (asking != null) {
        asking.abandon();
      }
    }
  }
}
