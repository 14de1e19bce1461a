// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.http;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.javalin.http.Context;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A stream of messages to one HTTP client: server-sent events where it accepts them, else one JSON
 * object a line. It holds one message at a time: the next is asked for when the socket took the
 * last, so a client that does not read costs the registry nothing more than a cursor.
 *
 * <p>Messages come on gRPC's threads, room on the socket is told on the server's; guarded by this.
 */
final class EventStream<Q, R> extends ClientCall.Listener<R>
    implements WriteListener, AsyncListener {
  private static final JsonFormat.Printer COMPACT =
      JsonFormat.printer().omittingInsignificantWhitespace();

  private static final Pattern EVENTS =
      Pattern.compile("\\btext/event-stream\\b", Pattern.CASE_INSENSITIVE);

  private static final Pattern NO_EVENTS =
      Pattern.compile(
          "\\btext/event-stream\\s*;[^,]*\\bq=0(\\.0*)?\\s*(,|;|$)", Pattern.CASE_INSENSITIVE);

  /** What is refused is refused sooner. */
  private static final int QUIET_MILLIS = 300;

  private final ClientCall<Q, R> call;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final HttpServletResponse http;
  private final ServletOutputStream out;
  private final boolean events;
  private final UnaryOperator<Message> shown;
  private byte @Nullable [] next;
  private boolean flushed = true;
  private boolean asked;

  /** Before the socket is handed over nothing may be written: that would block. */
  private boolean opened;

  private boolean ended;

  private EventStream(ClientCall<Q, R> call, Context context, UnaryOperator<Message> shown)
      throws IOException {
    this.call = call;
    this.http = context.res();
    this.out = http.getOutputStream();
    this.events = acceptsEvents(context);
    this.shown = shown;
  }

  /**
   * Opens it; answers the request when the first message is there, or says why there is none.
   *
   * @param request of the rpc's type; goes on where {@code Last-Event-ID} says
   * @param shown what of a message is passed on
   */
  @SuppressWarnings("unchecked") // the request is of the rpc's type
  static <Q, R> CompletableFuture<Void> open(
      Context context,
      Channel channel,
      MethodDescriptor<Q, R> rpc,
      Message request,
      UnaryOperator<Message> shown) {
    ClientCall<Q, R> call = channel.newCall(rpc, CallOptions.DEFAULT);
    Message from = EventId.after(request, context.header("Last-Event-ID"));
    try {
      return new EventStream<>(call, context, shown).started(context.req(), (Q) from);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Whether the client wants server-sent events. */
  static boolean acceptsEvents(Context context) {
    String accept = context.header("Accept");
    return accept != null && EVENTS.matcher(accept).find() && !NO_EVENTS.matcher(accept).find();
  }

  private CompletableFuture<Void> started(HttpServletRequest request, Q message) {
    AsyncContext async =
        request.isAsyncStarted() ? request.getAsyncContext() : request.startAsync();
    async.setTimeout(0);
    async.addListener(this);
    http.setContentType(events ? "text/event-stream" : "application/x-ndjson");
    http.setCharacterEncoding("utf-8");
    call.start(this, new Metadata());
    call.sendMessage(message);
    call.halfClose();
    out.setWriteListener(this);
    CompletableFuture.delayedExecutor(QUIET_MILLIS, TimeUnit.MILLISECONDS).execute(this::greet);
    return done;
  }

  /**
   * A stream that goes on may be quiet for a while; that it was accepted need not wait for that.
   */
  private synchronized void greet() {
    if (!ended && next == null && !http.isCommitted()) {
      flushed = false;
      write();
    }
  }

  @Override
  public synchronized void onMessage(R message) {
    asked = false;
    next = encoded(shown.apply((Message) message));
    write();
  }

  @Override
  public synchronized void onClose(Status status, Metadata trailers) {
    if (ended) {
      return;
    }
    if (status.isOk()) {
      // all was said; to end is enough
      ended = true;
      write();
      return;
    }
    JsonError error = JsonError.of(status.asRuntimeException(trailers));
    if (http.isCommitted()) {
      String text = error.json().strip();
      next = bytes(events ? "event: error\ndata: " + text + "\n\n" : text + "\n");
    } else {
      // nothing was streamed yet: an answer like any other
      http.setStatus(error.code());
      http.setContentType("application/json");
      next = bytes(error.json());
    }
    ended = true;
    write();
  }

  @Override
  public synchronized void onWritePossible() {
    opened = true;
    write();
  }

  /** Writes what there is while there is room, and asks for more only then. */
  private void write() {
    try {
      while (opened && out.isReady()) {
        byte[] message = next;
        if (message != null) {
          next = null;
          flushed = false;
          out.write(message);
        } else if (!flushed) {
          flushed = true;
          out.flush();
        } else if (ended) {
          done.complete(null);
          return;
        } else {
          if (!asked) {
            asked = true;
            call.request(1);
          }
          return;
        }
      }
    } catch (IOException | IllegalStateException e) {
      cancel();
    }
  }

  private byte[] encoded(Message message) {
    String json;
    try {
      json = COMPACT.print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
    return bytes(events ? EventId.line(message) + "data: " + json + "\n\n" : json + "\n");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private synchronized void cancel() {
    ended = true;
    call.cancel("the client is gone", null);
  }

  @Override
  public void onError(Throwable failure) {
    cancel();
    done.complete(null);
  }

  @Override
  public void onComplete(AsyncEvent event) {
    cancel();
  }

  @Override
  public void onTimeout(AsyncEvent event) {
    cancel();
  }

  @Override
  public void onError(AsyncEvent event) {
    cancel();
  }

  @Override
  public void onStartAsync(AsyncEvent event) {
    // it is this stream that started it
  }
}
