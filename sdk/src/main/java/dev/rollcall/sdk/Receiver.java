// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.relay.v1.ReceiveRequest;
import dev.rollcall.relay.v1.ReceiveResponse;
import dev.rollcall.relay.v1.ReceiveStreamRequest;
import dev.rollcall.relay.v1.ReceiveStreamResponse;
import dev.rollcall.relay.v1.ReceiverServiceGrpc;
import io.grpc.BindableService;
import io.grpc.Context;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes messages that others send to this service by its name. Add it to the gRPC server that is
 * registered:
 *
 * <pre>{@code
 * ServerBuilder.forPort(0).addService(new Receiver() {
 *   protected String receive(String from, String message) {
 *     return "hello " + from;
 *   }
 * })
 * }</pre>
 *
 * <p>Each message is answered on a thread of its own, in the {@link Context} of its call: its
 * deadline and cancellation are the sender's. A {@link StatusRuntimeException} is passed to the
 * sender as it is; UNAVAILABLE has the registry try another instance.
 */
public abstract class Receiver implements BindableService {
  private static final Logger log = LoggerFactory.getLogger(Receiver.class);

  /** Not gRPC's threads: who answers in parts waits until the sender takes them. */
  private static final ExecutorService THREADS =
      new ThreadPoolExecutor(
          0, Integer.MAX_VALUE, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), Receiver::thread);

  private static Thread thread(Runnable task) {
    var thread = new Thread(task, "rollcall-receiver");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Answers a message.
   *
   * @param from who says that it sends it; may be empty
   */
  protected abstract String receive(String from, String message);

  /**
   * Answers a message in parts; by default in one.
   *
   * @param out takes a part; waits while the sender does not read, and throws {@link
   *     StatusRuntimeException} when the sender has left
   */
  protected void receive(String from, String message, Consumer<String> out) {
    out.accept(receive(from, message));
  }

  @Override
  public final ServerServiceDefinition bindService() {
    return ServerInterceptors.intercept(new Calls().bindService(), new Hop.Server());
  }

  /** The generated service; its types stay out of what users see. */
  private final class Calls extends ReceiverServiceGrpc.ReceiverServiceImplBase {
    @Override
    public void receive(ReceiveRequest request, StreamObserver<ReceiveResponse> client) {
      answer(
          client,
          () -> {
            String text = Receiver.this.receive(request.getSender(), request.getMessage());
            client.onNext(ReceiveResponse.newBuilder().setMessage(text).build());
          });
    }

    @Override
    public void receiveStream(
        ReceiveStreamRequest request, StreamObserver<ReceiveStreamResponse> client) {
      var parts = new Parts((ServerCallStreamObserver<ReceiveStreamResponse>) client);
      answer(
          client,
          () -> Receiver.this.receive(request.getSender(), request.getMessage(), parts::send));
    }

    private void answer(StreamObserver<?> client, Runnable work) {
      var call = (ServerCallStreamObserver<?>) client;
      call.setOnCancelHandler(() -> {});
      THREADS.execute(Context.current().wrap(() -> run(client, work)));
    }
  }

  private static void run(StreamObserver<?> client, Runnable work) {
    try {
      work.run();
      client.onCompleted();
    } catch (StatusRuntimeException e) {
      client.onError(e);
    } catch (RuntimeException | Error e) {
      log.error("a receiver failed", e);
      client.onError(
          Status.INTERNAL.withDescription("the receiver failed; its log says why").asException());
    }
  }

  /** Parts of one answer, as fast as they are taken. */
  private static final class Parts {
    private final ServerCallStreamObserver<ReceiveStreamResponse> client;
    private final Context context = Context.current();

    Parts(ServerCallStreamObserver<ReceiveStreamResponse> client) {
      this.client = client;
      client.setOnReadyHandler(this::wake);
      context.addListener(left -> wake(), Runnable::run);
    }

    private synchronized void wake() {
      notifyAll();
    }

    void send(String text) {
      awaitRoom();
      client.onNext(ReceiveStreamResponse.newBuilder().setMessage(text).build());
    }

    private synchronized void awaitRoom() {
      try {
        while (!client.isReady() && !context.isCancelled()) {
          wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw Status.CANCELLED.withDescription("interrupted").asRuntimeException();
      }
      if (context.isCancelled()) {
        throw Status.CANCELLED.withDescription("the sender has left").asRuntimeException();
      }
    }
  }
}
