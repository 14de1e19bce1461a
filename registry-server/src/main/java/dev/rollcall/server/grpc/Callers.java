// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.inprocess.InProcessSocketAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** Remembers who calls, for the causes of changes. From any thread. */
final class Callers implements ServerInterceptor {
  /** Who calls the HTTP port; believed only where nobody but this process can call. */
  private static final Metadata.Key<String> PEER =
      Metadata.Key.of("rollcall-peer", Metadata.ASCII_STRING_MARSHALLER);

  private static final Context.Key<String> CALLER = Context.keyWithDefault("rollcall-caller", "");

  /** The address of the present call's client; empty outside of a call. */
  static String current() {
    return CALLER.get();
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    SocketAddress remote = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    String peer = remote instanceof InProcessSocketAddress ? headers.get(PEER) : null;
    return Contexts.interceptCall(
        Context.current().withValue(CALLER, peer == null ? text(remote) : peer),
        call,
        headers,
        next);
  }

  private static String text(@Nullable SocketAddress remote) {
    if (remote instanceof InetSocketAddress inet && inet.getAddress() != null) {
      String host = inet.getAddress().getHostAddress();
      return host.contains(":") ? "[" + host + "]:" + inet.getPort() : host + ":" + inet.getPort();
    }
    return remote == null ? "" : remote.toString();
  }
}
