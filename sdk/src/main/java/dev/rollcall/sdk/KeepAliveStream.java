// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.registry.v1.KeepAliveRequest;
import dev.rollcall.registry.v1.KeepAliveResponse;
import dev.rollcall.sdk.Registries.Registry;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One stream that carries the beats of this process, from its first message to its goodbye. Runs on
 * the session's loop, where its listener is told too.
 */
final class KeepAliveStream implements ClientResponseObserver<KeepAliveRequest, KeepAliveResponse> {
  /** After that a registry that does not end its half of the stream is not waited for. */
  private static final Duration FAREWELL = Duration.ofSeconds(1);

  final Registry registry;
  private final Loop loop;
  private final Listener listener;
  private @Nullable ClientCallStreamObserver<KeepAliveRequest> call;
  private List<List<String>> sent = List.of();
  private boolean over;
  private int unanswered;

  private KeepAliveStream(Loop loop, Registry registry, Listener listener) {
    this.loop = loop;
    this.registry = registry;
    this.listener = listener;
  }

  /** Opens a stream; nothing is sent before the first beat. */
  static KeepAliveStream open(Loop loop, Registry registry, Listener listener) {
    var stream = new KeepAliveStream(loop, registry, listener);
    registry.stub().keepAlive(stream);
    return stream;
  }

  /** What happens on the stream; nothing is told after the goodbye. */
  interface Listener {
    void answered(KeepAliveStream from, Renewal renewal);

    void ended(KeepAliveStream from, Status status);
  }

  /**
   * Renews the leases, as many in a message as the registry takes.
   *
   * @param chunks what each message renews; one that renews the same as the last one is left empty
   */
  void beat(String namespace, String epoch, List<List<String>> chunks) {
    loop.assertInside();
    if (over || call == null) {
      return;
    }
    boolean same = chunks.size() == 1 && chunks.equals(sent);
    sent = chunks;
    for (List<String> secrets : chunks) {
      unanswered++;
      call.onNext(
          KeepAliveRequest.newBuilder()
              .setNamespace(namespace)
              .addAllLeaseIds(same ? List.of() : secrets)
              .setEpoch(epoch)
              .build());
    }
  }

  boolean awaitsAnswer() {
    return unanswered > 0;
  }

  /** Says that no conclusion is to be drawn from the stream's end, and ends it. */
  void goodbye() {
    loop.assertInside();
    ClientCallStreamObserver<KeepAliveRequest> open = call;
    if (over || open == null) {
      return;
    }
    over = true;
    open.onCompleted();
    loop.schedule(FAREWELL, () -> open.cancel("the registry did not say goodbye", null));
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<KeepAliveRequest> stream) {
    call = stream;
  }

  @Override
  public void onNext(KeepAliveResponse answer) {
    loop.execute(
        () -> {
          if (!over) {
            unanswered = Math.max(0, unanswered - 1);
            listener.answered(this, Renewal.of(answer));
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
          if (!over) {
            over = true;
            listener.ended(this, status);
          }
        });
  }
}
