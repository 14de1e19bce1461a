// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.registry.v1.RegistryServiceGrpc;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;

/**
 * Tells a KeepAlive stream whose connection broke from one that its client cancelled. Only the
 * transport knows: it reports UNAVAILABLE for a connection that is gone (a killed process, a
 * network that is cut, our own keepalive) and CANCELLED for a client's own act.
 */
final class LostConnections extends ServerStreamTracer.Factory {
  private static final Context.Key<Ending> ENDING = Context.key("rollcall-ending");
  private static final ServerStreamTracer NOBODY_ASKS = new ServerStreamTracer() {};

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    boolean keepAlive =
        fullMethodName.equals(RegistryServiceGrpc.getKeepAliveMethod().getFullMethodName());
    return keepAlive ? new Ending() : NOBODY_ASKS;
  }

  /** How the present call's stream will have ended. */
  static Ending current() {
    return ENDING.get();
  }

  /** How one stream ended. Written by the transport before the call hears of it. */
  static final class Ending extends ServerStreamTracer {
    private volatile Status.Code code = Status.Code.OK;

    @Override
    public Context filterContext(Context context) {
      return context.withValue(ENDING, this);
    }

    @Override
    public void streamClosed(Status status) {
      code = status.getCode();
    }

    boolean lost() {
      return code == Status.Code.UNAVAILABLE;
    }
  }
}
