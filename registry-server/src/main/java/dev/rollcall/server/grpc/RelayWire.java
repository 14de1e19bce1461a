// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.relay.v1.SendRequest;
import dev.rollcall.relay.v1.SendStreamRequest;
import dev.rollcall.server.catalog.Rejection;
import dev.rollcall.server.registry.Names;
import dev.rollcall.server.relay.Message;
import dev.rollcall.server.relay.Relay;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import org.jspecify.annotations.Nullable;

/** The protos of the relay, to and from its values; nothing else. Pure. */
final class RelayWire {
  private static final int FROM_BYTES = 255;

  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private RelayWire() {}

  static Message message(SendRequest request, boolean hopped) {
    return new Message(
        Names.namespace(request.getNamespace()),
        request.getSender(),
        request.getTo(),
        request.getMessage(),
        false,
        hopped);
  }

  static Message message(SendStreamRequest request, boolean hopped) {
    return new Message(
        Names.namespace(request.getNamespace()),
        request.getSender(),
        request.getTo(),
        request.getMessage(),
        true,
        hopped);
  }

  /** What is wrong with it; null: nothing. The fields as they are called in JSON. */
  static @Nullable Rejection rejection(Message message) {
    return new Names()
        .checkNamespace(message.namespace())
        .checkService("to", message.to())
        .checkBytes("from", message.from(), FROM_BYTES)
        .checkBytes("message", message.text(), Relay.MESSAGE_BYTES)
        .rejection();
  }

  /** A receiver's status as it came: code, description and details. */
  static StatusRuntimeException status(Status status, Metadata trailers) {
    Metadata kept = new Metadata();
    byte[] details = trailers.get(DETAILS);
    if (details != null) {
      kept.put(DETAILS, details);
    }
    return Status.fromCode(status.getCode())
        .withDescription(status.getDescription())
        .asRuntimeException(kept);
  }
}
