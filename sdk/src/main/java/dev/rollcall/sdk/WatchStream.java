// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.registry.v1.WatchRequest;
import dev.rollcall.registry.v1.WatchResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One open watch stream. Its messages arrive on the loop one at a time: the next is asked for when
 * the last was read, so a slow process holds one message and not a queue.
 */
final class WatchStream<Q, R> implements ClientResponseObserver<Q, R> {
  private final Loop loop;
  private final Listener<R> listener;
  private @Nullable ClientCallStreamObserver<Q> call;

  /** Written on the loop: nothing of a cancelled stream is told any more. */
  private boolean cancelled;

  WatchStream(Loop loop, Listener<R> listener) {
    this.loop = loop;
    this.listener = listener;
  }

  /** What happens on the stream, told on the loop. */
  interface Listener<R> {
    void message(R message);

    void ended(Status status);
  }

  /** Opens streams: the registry, or a test. */
  interface Source {
    /** The address of the registry that the stream goes to, for messages to people. */
    String open(WatchRequest request, WatchStream<WatchRequest, WatchResponse> stream);

    /** Finds out whether the registry that the stream is at answers anything. */
    void ask(Consumer<Status> answer);

    /** The stream was heard. */
    void heard();

    /** A stream ended or went silent. */
    void failed(Status status);

    /** How many registries there are to be tried. */
    int count();
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<Q> stream) {
    call = stream;
    stream.disableAutoRequestWithInitial(1);
  }

  @Override
  public void onNext(R message) {
    loop.execute(
        () -> {
          if (!cancelled) {
            listener.message(message);
            if (call != null) {
              call.request(1);
            }
          }
        });
  }

  @Override
  public void onError(Throwable t) {
    end(Status.fromThrowable(t));
  }

  @Override
  public void onCompleted() {
    end(Status.UNAVAILABLE.withDescription("the registry ended the stream"));
  }

  private void end(Status status) {
    loop.execute(
        () -> {
          if (!cancelled) {
            cancelled = true;
            listener.ended(status);
          }
        });
  }

  void cancel() {
    loop.assertInside();
    cancelled = true;
    if (call != null) {
      call.cancel("no longer needed", null);
    }
  }
}
