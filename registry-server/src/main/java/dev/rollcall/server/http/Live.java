// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.rollcall.config.v1.ConfigServiceGrpc;
import dev.rollcall.registry.v1.Change;
import dev.rollcall.registry.v1.ListEventsRequest;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.WatchResponse;
import dev.rollcall.relay.v1.RelayServiceGrpc;
import io.grpc.MethodDescriptor;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a client that accepts server-sent events gets in place of one answer: the stream that tells
 * the same, and goes on.
 *
 * @param rpc the stream's
 * @param added fields of the stream's request that are set besides
 * @param heeded fields of the answer's request that the stream's does not have, and that are heeded
 *     here or true of every stream
 */
record Live(MethodDescriptor<?, ?> rpc, Set<String> added, Set<String> heeded) {
  private static final MethodDescriptor<?, ?> WATCH = RegistryServiceGrpc.getWatchMethod();
  private static final Live SETTINGS =
      new Live(ConfigServiceGrpc.getWatchMethod(), Set.of(), Set.of());

  private static final Map<MethodDescriptor<?, ?>, Live> OF =
      Map.of(
          RegistryServiceGrpc.getListMethod(),
          new Live(WATCH, Set.of(), Set.of("with_instances")),
          RegistryServiceGrpc.getGetMethod(),
          new Live(WATCH, Set.of(), Set.of()),
          RegistryServiceGrpc.getGetGraphMethod(),
          new Live(WATCH, Set.of("all_statuses"), Set.of()),
          RegistryServiceGrpc.getListEventsMethod(),
          new Live(WATCH, Set.of("all_statuses"), Set.of("causes", "id")),
          ConfigServiceGrpc.getListMethod(),
          SETTINGS,
          ConfigServiceGrpc.getGetMethod(),
          SETTINGS,
          RelayServiceGrpc.getSendMethod(),
          new Live(RelayServiceGrpc.getSendStreamMethod(), Set.of(), Set.of()));

  /** In place of this rpc's answer; null: it has but an answer. */
  static @Nullable Live of(MethodDescriptor<?, ?> rpc) {
    return OF.get(rpc);
  }

  /** The stream's request for what was asked; refuses what only one answer can heed. */
  Message request(Message asked) {
    Message.Builder request = Gateway.prototype(rpc).newBuilderForType();
    Descriptor type = request.getDescriptorForType();
    asked
        .getAllFields()
        .forEach(
            (field, value) -> {
              FieldDescriptor same = type.findFieldByName(field.getName());
              if (same != null) {
                request.setField(same, value);
              } else if (field.getName().equals("service")) {
                request.addRepeatedField(type.findFieldByName("services"), value);
              } else if (!heeded.contains(field.getName())) {
                throw JsonError.ofField(
                    "INVALID_FIELD",
                    field.getJsonName(),
                    "it is for one answer, not for a stream"
                        + " (expected: none with Accept: text/event-stream)");
              }
            });
    added.forEach(name -> request.setField(type.findFieldByName(name), true));
    return request.build();
  }

  /** What of a message is passed on to who asked this. */
  static Message shown(Message asked, Message message) {
    if (!(asked instanceof ListEventsRequest events)
        || !(message instanceof WatchResponse changes)
        || (events.getId().isEmpty() && events.getCausesCount() == 0)) {
      return message;
    }
    // what is left out was said all the same: the position goes on
    WatchResponse.Builder some = changes.toBuilder().clearChanges();
    for (Change change : changes.getChangesList()) {
      String id = change.hasUpsert() ? change.getUpsert().getId() : change.getRemoved().getId();
      boolean cause =
          events.getCausesCount() == 0
              || events.getCausesList().contains(change.getCause().getKind());
      if (cause && (events.getId().isEmpty() || events.getId().equals(id))) {
        some.addChanges(change);
      }
    }
    return some.build();
  }
}
