// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import com.google.protobuf.Duration;
import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.DeregisterRequest;
import dev.rollcall.registry.v1.DeregisterResponse;
import dev.rollcall.registry.v1.DrainRequest;
import dev.rollcall.registry.v1.DrainResponse;
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
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * A small registry on a real socket, without a clock: leases end when the test says so. It can be
 * stopped and started again on the same port, with what it knew or without.
 */
public final class TestRegistry extends RegistryServiceImplBase implements AutoCloseable {
  private record Listed(Instance instance, String secret) {}

  private record Logged(long revision, Change change) {}

  private record Watcher(WatchRequest request, StreamObserver<WatchResponse> out) {}

  private final Map<String, Listed> listed = new TreeMap<>();
  private final List<Logged> log = new ArrayList<>();
  private final List<Watcher> watchers = new ArrayList<>();
  private final List<WatchRequest> watches = new ArrayList<>();
  private final int port;
  private Server server;
  private String epoch = UUID.randomUUID().toString();
  private long revision;
  private final TestBeats keepAlives = new TestBeats(this::unknown);
  private final List<String> drains = new ArrayList<>();
  private boolean withoutDrain;
  private int snapshots;

  private TestRegistry() {
    server = serve(0);
    port = server.getPort();
  }

  /** One that knows nothing yet, on a free port. */
  public static TestRegistry start() {
    return new TestRegistry();
  }

  private Server serve(int at) {
    try {
      return NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", at))
          .addService(this)
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
    synchronized (this) {
      watchers.clear();
    }
  }

  /** Starts again where it was. */
  public void restart() {
    server = serve(port);
  }

  /** Loses everything, also which history it had. */
  public synchronized void forget() {
    listed.clear();
    log.clear();
    epoch = UUID.randomUUID().toString();
    revision = 0;
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  /** Ends an instance's lease. */
  public synchronized void expire(String service, String id) {
    remove(service, id, CauseKind.CAUSE_KIND_LEASE_EXPIRED);
  }

  /** Lists an instance that beats do not belong to. */
  public synchronized void list(Instance instance) {
    put(instance, "held-by-the-test");
  }

  /** The ids listed of a service. */
  public synchronized List<String> ids(String service) {
    return instances(service).stream().map(Instance::getId).toList();
  }

  /** The instances listed of a service. */
  public synchronized List<Instance> instances(String service) {
    return listed.values().stream()
        .map(Listed::instance)
        .filter(instance -> instance.getService().equals(service))
        .toList();
  }

  /** The watches asked for, in order. */
  public synchronized List<WatchRequest> watches() {
    return List.copyOf(watches);
  }

  /** From now on it knows no Drain, as an older registry. */
  synchronized void withoutDrain() {
    withoutDrain = true;
  }

  /** The reasons of the drains, in order. */
  synchronized List<String> drains() {
    return List.copyOf(drains);
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
  public synchronized int snapshots() {
    return snapshots;
  }

  @Override
  public synchronized void register(RegisterRequest request, StreamObserver<RegisterResponse> out) {
    Instance asked = request.getInstance();
    Listed before = listed.get(key(asked.getService(), asked.getId()));
    if (asked.getMetadataMap().containsKey("refuse")) {
      out.onError(Status.INVALID_ARGUMENT.withDescription("metadata: refuse").asException());
      return;
    }
    if (before != null && !before.secret.equals(request.getLeaseId())) {
      out.onError(Status.ALREADY_EXISTS.withDescription("id is taken").asException());
      return;
    }
    put(asked, request.getLeaseId());
    out.onNext(
        RegisterResponse.newBuilder()
            .setInstance(asked.toBuilder().setStatus(InstanceStatus.INSTANCE_STATUS_SERVING))
            .setLeaseId(request.getLeaseId())
            .setHeartbeatInterval(millis(200))
            .setEpoch(epoch)
            .setRevision(revision)
            .build());
    out.onCompleted();
  }

  @Override
  public void heartbeat(HeartbeatRequest request, StreamObserver<HeartbeatResponse> out) {
    keepAlives.heartbeat(request, out);
  }

  private synchronized List<String> unknown(List<String> secrets) {
    List<String> held = listed.values().stream().map(Listed::secret).toList();
    return secrets.stream().filter(secret -> !held.contains(secret)).toList();
  }

  @Override
  public StreamObserver<KeepAliveRequest> keepAlive(StreamObserver<KeepAliveResponse> out) {
    return keepAlives.open(out);
  }

  @Override
  public synchronized void deregister(
      DeregisterRequest request, StreamObserver<DeregisterResponse> out) {
    for (Listed one : List.copyOf(listed.values())) {
      if (one.secret.equals(request.getLeaseId())) {
        Instance instance = one.instance;
        remove(instance.getService(), instance.getId(), CauseKind.CAUSE_KIND_DEREGISTERED);
      }
    }
    out.onNext(DeregisterResponse.newBuilder().setEpoch(epoch).setRevision(revision).build());
    out.onCompleted();
  }

  @Override
  public synchronized void drain(DrainRequest request, StreamObserver<DrainResponse> out) {
    if (withoutDrain) {
      out.onError(Status.UNIMPLEMENTED.asException());
      return;
    }
    drains.add(request.getReason());
    for (Map.Entry<String, Listed> one : Map.copyOf(listed).entrySet()) {
      Instance instance = one.getValue().instance;
      if (one.getValue().secret.equals(request.getLeaseId()) && usable(instance)) {
        Instance draining =
            instance.toBuilder().setStatus(InstanceStatus.INSTANCE_STATUS_DRAINING).build();
        listed.put(one.getKey(), new Listed(draining, request.getLeaseId()));
        publish(
            Messages.removed(
                instance.getService(), instance.getId(), CauseKind.CAUSE_KIND_DRAINED));
      }
    }
    out.onNext(DrainResponse.newBuilder().setEpoch(epoch).setRevision(revision).build());
    out.onCompleted();
  }

  private static boolean usable(Instance instance) {
    return instance.getStatus() != InstanceStatus.INSTANCE_STATUS_DRAINING;
  }

  @Override
  public synchronized void watch(WatchRequest request, StreamObserver<WatchResponse> out) {
    var watcher = new Watcher(request, out);
    ((ServerCallStreamObserver<WatchResponse>) out).setOnCancelHandler(() -> left(watcher));
    watches.add(request);
    watchers.add(watcher);
    boolean resumes =
        request.getEpoch().equals(epoch)
            && request.getAfterRevision() <= revision
            && request.getNonce() == nonce(request.getAfterRevision());
    if (!resumes) {
      snapshot(watcher);
      return;
    }
    WatchResponse.Builder missed = at(revision);
    log.stream()
        .filter(logged -> logged.revision > request.getAfterRevision())
        .map(Logged::change)
        .filter(change -> sees(watcher, change))
        .forEach(missed::addChanges);
    out.onNext(missed.build());
  }

  private synchronized void left(Watcher watcher) {
    watchers.remove(watcher);
  }

  /** One part for each instance, so that every snapshot with two of them has several parts. */
  private void snapshot(Watcher watcher) {
    snapshots++;
    List<Change> changes =
        listed.values().stream()
            .filter(one -> usable(one.instance))
            .map(one -> Messages.upsert(one.instance))
            .filter(change -> sees(watcher, change))
            .toList();
    for (Change change : changes) {
      watcher.out.onNext(at(revision).setSnapshot(true).setMore(true).addChanges(change).build());
    }
    watcher.out.onNext(at(revision).setSnapshot(true).build());
  }

  private void put(Instance instance, String secret) {
    Listed now = new Listed(instance, secret);
    if (!now.equals(listed.put(key(instance.getService(), instance.getId()), now))) {
      publish(Messages.upsert(instance));
    }
  }

  private void remove(String service, String id, CauseKind why) {
    if (listed.remove(key(service, id)) != null) {
      publish(Messages.removed(service, id, why));
    }
  }

  private void publish(Change change) {
    revision++;
    log.add(new Logged(revision, change));
    for (Watcher watcher : watchers) {
      if (sees(watcher, change)) {
        watcher.out.onNext(at(revision).addChanges(change).build());
      }
    }
  }

  private static boolean sees(Watcher watcher, Change change) {
    String service =
        change.hasUpsert() ? change.getUpsert().getService() : change.getRemoved().getService();
    List<String> names = watcher.request.getServicesList();
    return names.isEmpty() || names.contains(service);
  }

  private WatchResponse.Builder at(long position) {
    return WatchResponse.newBuilder()
        .setEpoch(epoch)
        .setRevision(position)
        .setNonce(nonce(position));
  }

  private static long nonce(long position) {
    return position * 31 + 7;
  }

  private static String key(String service, String id) {
    return service + "/" + id;
  }

  private static Duration millis(int millis) {
    return Duration.newBuilder().setNanos(millis * 1_000_000).build();
  }
}
