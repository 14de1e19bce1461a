// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.InstanceStatus;
import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;

/** What the replicas of a test's registry share, as over one store. Guarded by itself. */
final class TestHistory {
  final Map<String, Listed> listed = new TreeMap<>();
  final List<Watcher> watchers = new ArrayList<>();
  String epoch = UUID.randomUUID().toString();
  long revision;
  private final List<Logged> log = new ArrayList<>();

  record Listed(Instance instance, String secret) {}

  record Watcher(TestRegistry at, WatchRequest request, StreamObserver<WatchResponse> out) {}

  private record Logged(long revision, Change change) {}

  void forget() {
    listed.clear();
    log.clear();
    epoch = UUID.randomUUID().toString();
    revision = 0;
  }

  /** Sends what the watcher misses; says whether it could continue, or it was sent a snapshot. */
  boolean follow(Watcher watcher) {
    watchers.add(watcher);
    WatchRequest from = watcher.request;
    boolean resumes =
        from.getEpoch().equals(epoch)
            && from.getAfterRevision() <= revision
            && from.getNonce() == nonce(from.getAfterRevision());
    if (!resumes) {
      snapshot(watcher);
      return false;
    }
    WatchResponse.Builder missed = at(revision);
    log.stream()
        .filter(logged -> logged.revision > from.getAfterRevision())
        .map(Logged::change)
        .filter(change -> sees(watcher, change))
        .forEach(missed::addChanges);
    if (missed.getChangesCount() > 0) {
      watcher.out.onNext(missed.build());
    }
    return true;
  }

  /** One part for each instance, so that every snapshot with two of them has several parts. */
  private void snapshot(Watcher watcher) {
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

  void put(Instance instance, String secret) {
    Listed now = new Listed(instance, secret);
    if (!now.equals(listed.put(key(instance.getService(), instance.getId()), now))) {
      publish(Messages.upsert(instance));
    }
  }

  void remove(String service, String id, CauseKind why) {
    if (listed.remove(key(service, id)) != null) {
      publish(Messages.removed(service, id, why));
    }
  }

  void publish(Change change) {
    revision++;
    log.add(new Logged(revision, change));
    for (Watcher watcher : watchers) {
      if (sees(watcher, change)) {
        watcher.out.onNext(at(revision).addChanges(change).build());
      }
    }
  }

  static boolean usable(Instance instance) {
    return instance.getStatus() != InstanceStatus.INSTANCE_STATUS_DRAINING;
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

  static String key(String service, String id) {
    return service + "/" + id;
  }
}
