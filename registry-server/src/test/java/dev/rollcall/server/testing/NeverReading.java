// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;

/** Opens a watch and never asks for a message. */
public final class NeverReading implements ClientResponseObserver<WatchRequest, WatchResponse> {
  @Override
  public void beforeStart(ClientCallStreamObserver<WatchRequest> stream) {
    stream.disableAutoRequestWithInitial(0);
  }

  @Override
  public void onNext(WatchResponse message) {
    throw new AssertionError("nothing was asked for");
  }

  @Override
  public void onError(Throwable end) {}

  @Override
  public void onCompleted() {}
}
