// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.function.Consumer;

/** Brings the outcome of a unary call back to the loop, exactly once. */
final class Reply<T> implements StreamObserver<T> {
  private final Loop loop;
  private final Consumer<T> answered;
  private final Consumer<Status> failed;

  Reply(Loop loop, Consumer<T> answered, Consumer<Status> failed) {
    this.loop = loop;
    this.answered = answered;
    this.failed = failed;
  }

  @Override
  public void onNext(T value) {
    loop.execute(() -> answered.accept(value));
  }

  @Override
  public void onError(Throwable t) {
    loop.execute(() -> failed.accept(Status.fromThrowable(t)));
  }

  @Override
  public void onCompleted() {}
}
