// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.grpc;

import dev.rollcall.server.catalog.Outcome;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the outcome of a use case becomes the end of a call. From any thread. */
final class Replies {
  private static final Logger log = LoggerFactory.getLogger(Replies.class);

  private Replies() {}

  /** The stream as it is after the marshallers were replaced: it takes encoded messages too. */
  @SuppressWarnings("unchecked")
  static ServerCallStreamObserver<Object> raw(StreamObserver<?> client) {
    return (ServerCallStreamObserver<Object>) client;
  }

  static <T, R> void answer(
      CompletableFuture<Outcome<T>> outcome, StreamObserver<R> client, Function<T, R> response) {
    settle(
        outcome.thenApply(
            result ->
                result instanceof Outcome.Done<T> done
                    ? new Outcome.Done<>(response.apply(done.value()))
                    : new Outcome.Refused<R>(((Outcome.Refused<T>) result).why())),
        client);
  }

  static <R> void settle(CompletableFuture<Outcome<R>> outcome, StreamObserver<R> client) {
    var unused =
        outcome.whenComplete(
            (result, failure) -> {
              if (result instanceof Outcome.Done<R> done) {
                client.onNext(done.value());
                client.onCompleted();
              } else if (result instanceof Outcome.Refused<R> refused) {
                client.onError(Errors.status(refused.why()));
              } else {
                log.error("a call failed for a reason of the server's own", failure);
                client.onError(Errors.internal());
              }
            });
  }
}
