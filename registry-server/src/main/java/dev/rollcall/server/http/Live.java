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
 * @param taken fields of the answer's request, and what the stream's request calls them
 * @param added fields of the stream's request that are set besides
 * @param heeded fields of the answer's request that are heeded here, or true of every stream
 */
record Live(
    MethodDescriptor<?, ?> rpc, Map<String, String> taken, Set<String> added, Set<String> heeded) {
  private static final MethodDescriptor<?, ?> WATCH = RegistryServiceGrpc.getWatchMethod();
  private static final String NAMESPACE = "namespace";
  private static final String ALL = "all_statuses";
  private static final Live SETTINGS =
      new Live(
          ConfigServiceGrpc.getWatchMethod(),
          Map.of(NAMESPACE, NAMESPACE, "prefix", "prefix", "key", "key"),
          Set.of(),
          Set.of());

  private static final Map<MethodDescriptor<?, ?>, Live> OF =
      Map.of(
          RegistryServiceGrpc.getListMethod(),
          new Live(WATCH, Map.of(NAMESPACE, NAMESPACE), Set.of(), Set.of("with_instances")),
          RegistryServiceGrpc.getGetMethod(),
          new Live(
              WATCH,
              Map.of(NAMESPACE, NAMESPACE, "service", "services", ALL, ALL),
              Set.of(),
              Set.of()),
          RegistryServiceGrpc.getGetGraphMethod(),
          new Live(WATCH, Map.of(NAMESPACE, NAMESPACE), Set.of(ALL), Set.of()),
          RegistryServiceGrpc.getListEventsMethod(),
          new Live(
              WATCH,
              Map.of(NAMESPACE, NAMESPACE, "service", "services"),
              Set.of(ALL),
              Set.of("causes")),
          ConfigServiceGrpc.getListMethod(),
          SETTINGS,
          ConfigServiceGrpc.getGetMethod(),
          SETTINGS,
          RelayServiceGrpc.getSendMethod(),
          new Live(
              RelayServiceGrpc.getSendStreamMethod(),
              Map.of(NAMESPACE, NAMESPACE, "sender", "sender", "to", "to", "message", "message"),
              Set.of(),
              Set.of()));

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
              String name = taken.get(field.getName());
              if (name != null) {
                set(request, type.findFieldByName(name), value);
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

  private static void set(Message.Builder request, FieldDescriptor field, Object value) {
    if (field.isRepeated()) {
      request.addRepeatedField(field, value);
    } else {
      request.setField(field, value);
    }
  }

  /** What of a message is passed on to who asked this. */
  static Message shown(Message asked, Message message) {
    if (!(asked instanceof ListEventsRequest events)
        || !(message instanceof WatchResponse changes)
        || events.getCausesCount() == 0) {
      return message;
    }
    // what is left out was said all the same: the position goes on
    WatchResponse.Builder some = changes.toBuilder().clearChanges();
    for (Change change : changes.getChangesList()) {
      if (events.getCausesList().contains(change.getCause().getKind())) {
        some.addChanges(change);
      }
    }
    return some.build();
  }
}
