// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.registry.v1.Cause;
import dev.rollcall.registry.v1.CauseKind;
import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.InstanceRef;
import dev.rollcall.registry.v1.WatchResponse;

/** Watch messages as tables need them: short. */
final class Messages {
  private Messages() {}

  static WatchResponse.Builder at(String epoch, long revision) {
    return WatchResponse.newBuilder().setEpoch(epoch).setRevision(revision).setNonce(revision);
  }

  static WatchResponse.Builder snapshot(String epoch, long revision) {
    return at(epoch, revision).setSnapshot(true);
  }

  static Instance instance(String service, String id) {
    return Instance.newBuilder()
        .setService(service)
        .setId(id)
        .setAddress("127.0.0.1:" + (1000 + id.charAt(0)))
        .build();
  }

  static Change upsert(Instance instance) {
    return Change.newBuilder()
        .setUpsert(instance)
        .setCause(Cause.newBuilder().setKind(CauseKind.CAUSE_KIND_REGISTERED))
        .build();
  }

  static Change removed(String service, String id, CauseKind why) {
    return Change.newBuilder()
        .setRemoved(InstanceRef.newBuilder().setService(service).setId(id))
        .setCause(Cause.newBuilder().setKind(why).setText("as the test said"))
        .build();
  }

  static Change up(String id) {
    return Change.newBuilder().setUpsert(instance("product", id)).build();
  }

  static Change down(String id) {
    return Change.newBuilder()
        .setRemoved(InstanceRef.newBuilder().setService("product").setId(id))
        .build();
  }
}
