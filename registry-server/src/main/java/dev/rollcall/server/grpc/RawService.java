// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import io.grpc.ForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;

/**
 * A generated service with other marshallers: handlers may answer {@link RawMessage}s, and a
 * request that cannot be parsed is answered with INVALID_ARGUMENT. gRPC would fail inside its own
 * stack instead: UNKNOWN to the client, and a stack trace in the log for each such request.
 */
final class RawService {
  private static final Object MALFORMED = new Object();

  private RawService() {}

  static ServerServiceDefinition of(ServerServiceDefinition generated) {
    ServiceDescriptor.Builder service =
        ServiceDescriptor.newBuilder(generated.getServiceDescriptor().getName())
            // without the schema, reflection would lose the service
            .setSchemaDescriptor(generated.getServiceDescriptor().getSchemaDescriptor());
    var methods = generated.getMethods().stream().map(RawService::raw).toList();
    methods.forEach(method -> service.addMethod(method.getMethodDescriptor()));
    ServerServiceDefinition.Builder rebuilt = ServerServiceDefinition.builder(service.build());
    methods.forEach(rebuilt::addMethod);
    return rebuilt.build();
  }

  private static <Q, R> ServerMethodDefinition<Object, Object> raw(
      ServerMethodDefinition<Q, R> method) {
    MethodDescriptor<Q, R> descriptor = method.getMethodDescriptor();
    MethodDescriptor<Object, Object> loose =
        descriptor.toBuilder(
                new Requests<>(descriptor.getRequestMarshaller()),
                new Responses<>(descriptor.getResponseMarshaller()))
            .build();
    @SuppressWarnings("unchecked") // the marshallers above accept what the generated handler uses
    ServerCallHandler<Object, Object> handler =
        (ServerCallHandler<Object, Object>) (ServerCallHandler<?, ?>) method.getServerCallHandler();
    return ServerMethodDefinition.create(loose, new Refusing(handler));
  }

  private record Requests<Q>(Marshaller<Q> proto) implements Marshaller<Object> {
    @Override
    @SuppressWarnings("unchecked")
    public InputStream stream(Object value) {
      return proto.stream((Q) value);
    }

    @Override
    public Object parse(InputStream stream) {
      try {
        return proto.parse(stream);
      } catch (StatusRuntimeException e) {
        return MALFORMED;
      }
    }
  }

  private record Responses<R>(Marshaller<R> proto) implements Marshaller<Object> {
    @Override
    @SuppressWarnings("unchecked")
    public InputStream stream(Object value) {
      return value instanceof RawMessage raw ? raw.stream() : proto.stream((R) value);
    }

    @Override
    public Object parse(InputStream stream) {
      return proto.parse(stream);
    }
  }

  /** Closes a call whose request could not be parsed. */
  private record Refusing(ServerCallHandler<Object, Object> handler)
      implements ServerCallHandler<Object, Object> {
    @Override
    public ServerCall.Listener<Object> startCall(
        ServerCall<Object, Object> call, Metadata headers) {
      ServerCall.Listener<Object> listener = handler.startCall(call, headers);
      return new ForwardingServerCallListener<>() {
        private boolean refused;

        @Override
        protected ServerCall.Listener<Object> delegate() {
          return listener;
        }

        @Override
        public void onMessage(Object message) {
          if (message == MALFORMED) {
            refused = true;
            call.close(
                Status.INVALID_ARGUMENT.withDescription(
                    "the request is not a valid "
                        + call.getMethodDescriptor().getFullMethodName()
                        + " message: broken protobuf or text that is not UTF-8"),
                new Metadata());
          } else {
            super.onMessage(message);
          }
        }

        @Override
        public void onHalfClose() {
          if (!refused) {
            super.onHalfClose();
          }
        }
      };
    }
  }
}
