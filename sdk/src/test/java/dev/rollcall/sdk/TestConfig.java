// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.config.v1.Change;
import dev.rollcall.config.v1.ConfigServiceGrpc.ConfigServiceImplBase;
import dev.rollcall.config.v1.Setting;
import dev.rollcall.config.v1.WatchRequest;
import dev.rollcall.config.v1.WatchResponse;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** A small configuration service on a real socket that can be stopped and started again. */
final class TestConfig extends ConfigServiceImplBase implements AutoCloseable {
  private final Map<String, String> settings = new TreeMap<>();
  private final List<StreamObserver<WatchResponse>> watchers = new ArrayList<>();
  private final List<WatchRequest> requests = new ArrayList<>();
  private final int port;
  private Server server;
  private long revision = 1;
  private boolean recovering;

  TestConfig() {
    server = serve(0);
    port = server.getPort();
  }

  private Server serve(int at) {
    try {
      return NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", at))
          .addService(this)
          .permitKeepAliveWithoutCalls(true)
          .build()
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  void stop() throws InterruptedException {
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    synchronized (this) {
      watchers.clear();
    }
  }

  void restart() {
    server = serve(port);
  }

  /** Comes back with nothing, and says that there may be more. */
  void restartEmptied() {
    synchronized (this) {
      settings.clear();
      recovering = true;
    }
    restart();
  }

  /** Says that there is no more. */
  synchronized void recovered() {
    recovering = false;
    WatchResponse bookmark = message().build();
    List.copyOf(watchers).forEach(watcher -> watcher.onNext(bookmark));
  }

  private WatchResponse.Builder message() {
    return WatchResponse.newBuilder()
        .setEpoch("e")
        .setRevision(revision)
        .setNonce(revision)
        .setRecovering(recovering);
  }

  synchronized List<WatchRequest> requests() {
    return List.copyOf(requests);
  }

  synchronized void put(String key, String value) {
    settings.put(key, value);
    tell(Change.newBuilder().setUpsert(setting(key, value)).build());
  }

  synchronized void delete(String key) {
    settings.remove(key);
    tell(Change.newBuilder().setRemoved(key).build());
  }

  private void tell(Change change) {
    revision++;
    watchers.forEach(watcher -> watcher.onNext(message().addChanges(change).build()));
  }

  @Override
  public synchronized void watch(WatchRequest request, StreamObserver<WatchResponse> watcher) {
    requests.add(request);
    WatchResponse.Builder first = message().setSnapshot(true);
    settings.forEach(
        (key, value) -> {
          if (key.startsWith(request.getPrefix())) {
            first.addChanges(Change.newBuilder().setUpsert(setting(key, value)));
          }
        });
    watcher.onNext(first.build());
    watchers.add(watcher);
  }

  private static Setting setting(String key, String value) {
    return Setting.newBuilder().setKey(key).setValue(value).build();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
