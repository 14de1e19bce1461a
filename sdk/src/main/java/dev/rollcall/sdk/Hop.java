// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/** Remembers that a message was relayed, so that what is sent while it is answered says so too. */
final class Hop {
  private static final Metadata.Key<String> HEADER =
      Metadata.Key.of("rollcall-hop", Metadata.ASCII_STRING_MARSHALLER);
  private static final Context.Key<Boolean> RELAYED =
      Context.keyWithDefault("rollcall-relayed", false);

  private Hop() {}

  /** What a message that is sent in the current context carries. */
  static Metadata headers() {
    Metadata headers = new Metadata();
    if (RELAYED.get()) {
      headers.put(HEADER, "1");
    }
    return headers;
  }

  /** At the receiver. */
  static final class Server implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      Context context = Context.current().withValue(RELAYED, headers.containsKey(HEADER));
      return Contexts.interceptCall(context, call, headers, next);
    }
  }
}
