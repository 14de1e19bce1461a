// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import com.google.common.base.Enums;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import dev.rollcall.server.catalog.Rejection.Reason;
import dev.rollcall.server.telemetry.Meters;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;

/**
 * Counts refused calls by the reason that their callers are told: read from the answer, so that no
 * refusal is forgotten and none needs to count itself.
 */
final class CountedRefusals implements ServerInterceptor {
  private final Meters meters;

  CountedRefusals(Meters meters) {
    this.meters = meters;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    return next.startCall(
        new SimpleForwardingServerCall<>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            if (!status.isOk()) {
              count(status, trailers);
            }
            super.close(status, trailers);
          }
        },
        headers);
  }

  private void count(Status status, Metadata trailers) {
    try {
      for (Any detail : StatusProto.fromStatusAndTrailers(status, trailers).getDetailsList()) {
        if (detail.is(ErrorInfo.class)) {
          count(detail.unpack(ErrorInfo.class));
        }
      }
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      // a receiver's own details, passed on by a relay as they are: no reason of ours
    }
  }

  private void count(ErrorInfo info) {
    if (info.getDomain().equals(Errors.DOMAIN)) {
      Enums.getIfPresent(Reason.class, info.getReason()).toJavaUtil().ifPresent(meters::rejected);
    }
  }
}
