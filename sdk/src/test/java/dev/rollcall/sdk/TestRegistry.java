// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import com.google.protobuf.Duration;
import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.DeregisterRequest;
import dev.rollcall.registry.v1.DeregisterResponse;
import dev.rollcall.registry.v1.DrainRequest;
import dev.rollcall.registry.v1.DrainResponse;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.GetStatusResponse;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.HeartbeatResponse;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.InstanceStatus;
import dev.rollcall.registry.v1.KeepAliveRequest;
import dev.rollcall.registry.v1.KeepAliveResponse;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegisterResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceImplBase;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A small registry on a real socket, without a clock: leases end when the test says so. It can be
 * stopped and started again on the same port, with what it knew or without.
 */
public final class TestRegistry extends RegistryServiceImplBase implements AutoCloseable {
  private final TestHistory known;
  private final List<WatchRequest> watches = new ArrayList<>();
  private final int port;
  private Server server;
  private final TestBeats keepAlives = new TestBeats(this::unknown);
  private final List<String> drains = new ArrayList<>();
  private boolean withoutDrain;
  private int snapshots;
  private int statusAsked;
  private boolean storeUp = true;

  private TestRegistry(TestHistory known) {
    this.known = known;
    server = serve(0);
    port = server.getPort();
  }

  /** One that knows nothing yet, on a free port. */
  public static TestRegistry start() {
    return new TestRegistry(new TestHistory());
  }

  /** Another one that always knows what the first knows. */
  static TestRegistry replicaOf(TestRegistry first) {
    return new TestRegistry(first.known);
  }

  private Server serve(int at) {
    try {
      return NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", at))
          .addService(this)
          .permitKeepAliveTime(5, TimeUnit.SECONDS)
          .permitKeepAliveWithoutCalls(true)
          .build()
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where it listens, also while it is stopped. */
  public String address() {
    return "127.0.0.1:" + port;
  }

  /** Gone from one moment to the next, as after kill -9; what it knew is kept for the restart. */
  public void stop() throws InterruptedException {
    server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    synchronized (known) {
      known.watchers.removeIf(watcher -> watcher.at() == this);
    }
  }

  /** Starts again where it was. */
  public void restart() {
    server = serve(port);
  }

  /** Loses everything, also which history it had. */
  public void forget() {
    synchronized (known) {
      known.forget();
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  /** Ends an instance's lease. */
  public void expire(String service, String id) {
    synchronized (known) {
      known.remove(service, id, CauseKind.CAUSE_KIND_LEASE_EXPIRED);
    }
  }

  /** Lists an instance that beats do not belong to. */
  public void list(Instance instance) {
    synchronized (known) {
      known.put(instance, "held-by-the-test");
    }
  }

  /** The ids listed of a service. */
  public List<String> ids(String service) {
    synchronized (known) {
      return instances(service).stream().map(Instance::getId).toList();
    }
  }

  /** The instances listed of a service. */
  public List<Instance> instances(String service) {
    synchronized (known) {
      return known.listed.values().stream()
          .map(TestHistory.Listed::instance)
          .filter(instance -> instance.getService().equals(service))
          .toList();
    }
  }

  /** The watches asked for, in order. */
  public List<WatchRequest> watches() {
    synchronized (known) {
      return List.copyOf(watches);
    }
  }

  /** From now on it knows no Drain, as an older registry. */
  void withoutDrain() {
    synchronized (known) {
      withoutDrain = true;
    }
  }

  /** The reasons of the drains, in order. */
  List<String> drains() {
    synchronized (known) {
      return List.copyOf(drains);
    }
  }

  /** Whether it says that its store is there. */
  void storeUp(boolean now) {
    synchronized (known) {
      storeUp = now;
    }
  }

  /** How often it was asked for its status. */
  int statusAsked() {
    synchronized (known) {
      return statusAsked;
    }
  }

  /** The streams that carry beats. */
  TestBeats keepAlives() {
    return keepAlives;
  }

  /** How many unary heartbeats came. */
  public int beats() {
    return keepAlives.unary().size();
  }

  /** How many snapshots were sent. */
  public int snapshots() {
    synchronized (known) {
      return snapshots;
    }
  }

  @Override
  public void register(RegisterRequest request, StreamObserver<RegisterResponse> out) {
    synchronized (known) {
      Instance asked = request.getInstance();
      TestHistory.Listed before =
          known.listed.get(TestHistory.key(asked.getService(), asked.getId()));
      if (asked.getMetadataMap().containsKey("refuse")) {
        out.onError(Status.INVALID_ARGUMENT.withDescription("metadata: refuse").asException());
        return;
      }
      if (before != null && !before.secret().equals(request.getLeaseId())) {
        out.onError(Status.ALREADY_EXISTS.withDescription("id is taken").asException());
        return;
      }
      known.put(asked, request.getLeaseId());
      out.onNext(
          RegisterResponse.newBuilder()
              .setInstance(asked.toBuilder().setStatus(InstanceStatus.INSTANCE_STATUS_SERVING))
              .setLeaseId(request.getLeaseId())
              .setHeartbeatInterval(millis(200))
              .setEpoch(known.epoch)
              .setRevision(known.revision)
              .build());
      out.onCompleted();
    }
  }

  @Override
  public void heartbeat(HeartbeatRequest request, StreamObserver<HeartbeatResponse> out) {
    keepAlives.heartbeat(request, out);
  }

  private List<String> unknown(List<String> secrets) {
    synchronized (known) {
      List<String> held = known.listed.values().stream().map(TestHistory.Listed::secret).toList();
      return secrets.stream().filter(secret -> !held.contains(secret)).toList();
    }
  }

  @Override
  public StreamObserver<KeepAliveRequest> keepAlive(StreamObserver<KeepAliveResponse> out) {
    return keepAlives.open(out);
  }

  @Override
  public void getStatus(GetStatusRequest request, StreamObserver<GetStatusResponse> out) {
    synchronized (known) {
      statusAsked++;
      out.onNext(GetStatusResponse.newBuilder().setStoreUp(storeUp).build());
      out.onCompleted();
    }
  }

  @Override
  public void deregister(DeregisterRequest request, StreamObserver<DeregisterResponse> out) {
    synchronized (known) {
      for (TestHistory.Listed one : List.copyOf(known.listed.values())) {
        if (one.secret().equals(request.getLeaseId())) {
          Instance instance = one.instance();
          known.remove(instance.getService(), instance.getId(), CauseKind.CAUSE_KIND_DEREGISTERED);
        }
      }
      out.onNext(
          DeregisterResponse.newBuilder()
              .setEpoch(known.epoch)
              .setRevision(known.revision)
              .build());
      out.onCompleted();
    }
  }

  @Override
  public void drain(DrainRequest request, StreamObserver<DrainResponse> out) {
    synchronized (known) {
      if (withoutDrain) {
        out.onError(Status.UNIMPLEMENTED.asException());
        return;
      }
      drains.add(request.getReason());
      for (Map.Entry<String, TestHistory.Listed> one : Map.copyOf(known.listed).entrySet()) {
        Instance instance = one.getValue().instance();
        if (one.getValue().secret().equals(request.getLeaseId()) && TestHistory.usable(instance)) {
          Instance draining =
              instance.toBuilder().setStatus(InstanceStatus.INSTANCE_STATUS_DRAINING).build();
          known.listed.put(one.getKey(), new TestHistory.Listed(draining, request.getLeaseId()));
          known.publish(
              Messages.removed(
                  instance.getService(), instance.getId(), CauseKind.CAUSE_KIND_DRAINED));
        }
      }
      out.onNext(
          DrainResponse.newBuilder().setEpoch(known.epoch).setRevision(known.revision).build());
      out.onCompleted();
    }
  }

  @Override
  public void watch(WatchRequest request, StreamObserver<WatchResponse> out) {
    synchronized (known) {
      var watcher = new TestHistory.Watcher(this, request, out);
      ((ServerCallStreamObserver<WatchResponse>) out).setOnCancelHandler(() -> left(watcher));
      watches.add(request);
      if (!known.follow(watcher)) {
        snapshots++;
      }
    }
  }

  private void left(TestHistory.Watcher watcher) {
    synchronized (known) {
      known.watchers.remove(watcher);
    }
  }

  private static Duration millis(int millis) {
    return Duration.newBuilder().setNanos(millis * 1_000_000).build();
  }
}
