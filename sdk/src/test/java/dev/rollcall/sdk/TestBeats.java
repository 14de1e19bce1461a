// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import com.google.protobuf.Duration;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.HeartbeatResponse;
import dev.rollcall.registry.v1.KeepAliveRequest;
import dev.rollcall.registry.v1.KeepAliveResponse;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** The KeepAlive streams of a test's registry, and what was said on them. */
final class TestBeats {
  /** How the test wants the streams to be answered. */
  enum Mode {
    ANSWER,
    SILENT,
    UNKNOWN_METHOD,
    /** As UNKNOWN_METHOD, and unary beats wait for {@link #release}. */
    UNARY_HELD
  }

  private record Held(HeartbeatRequest request, StreamObserver<HeartbeatResponse> out) {}

  private final UnaryOperator<List<String>> unknown;
  private final List<Stream> streams = new ArrayList<>();
  private final List<HeartbeatRequest> unary = new ArrayList<>();
  private final List<Held> held = new ArrayList<>();
  private Mode mode = Mode.ANSWER;
  private boolean recovering;
  private int pace = 200;

  /** Over a rule that says which of the leases nobody holds. */
  TestBeats(UnaryOperator<List<String>> unknown) {
    this.unknown = unknown;
  }

  /** One stream. */
  final class Stream implements StreamObserver<KeepAliveRequest> {
    private final StreamObserver<KeepAliveResponse> out;
    private final List<KeepAliveRequest> heard = new ArrayList<>();
    private List<String> leases = List.of();
    private String end = "";

    Stream(StreamObserver<KeepAliveResponse> out) {
      this.out = out;
    }

    @Override
    public void onNext(KeepAliveRequest request) {
      synchronized (TestBeats.this) {
        heard.add(request);
        leases = request.getLeaseIdsCount() > 0 ? request.getLeaseIdsList() : leases;
        if (mode == Mode.ANSWER) {
          out.onNext(answer(pace).addAllUnknownLeaseIds(unknown.apply(leases)).build());
        }
      }
    }

    @Override
    public void onError(Throwable t) {
      synchronized (TestBeats.this) {
        end = end.isEmpty() ? "cancelled" : end;
      }
    }

    @Override
    public void onCompleted() {
      synchronized (TestBeats.this) {
        end = "goodbye";
        out.onCompleted();
      }
    }

    /** Says something that nobody asked for; lost, as in life, if the client has left by now. */
    void push(KeepAliveResponse.Builder what) {
      synchronized (TestBeats.this) {
        boolean left = !end.isEmpty() || ((ServerCallStreamObserver<?>) out).isCancelled();
        if (!left) {
          out.onNext(what.build());
        }
      }
    }

    /** How it ended; empty while it is open. */
    String end() {
      synchronized (TestBeats.this) {
        return end;
      }
    }

    /** What was heard on it. */
    List<KeepAliveRequest> heard() {
      synchronized (TestBeats.this) {
        return List.copyOf(heard);
      }
    }
  }

  synchronized StreamObserver<KeepAliveRequest> open(StreamObserver<KeepAliveResponse> out) {
    var stream = new Stream(out);
    if (mode == Mode.UNKNOWN_METHOD || mode == Mode.UNARY_HELD) {
      out.onError(Status.UNIMPLEMENTED.asException());
    } else {
      streams.add(stream);
    }
    return stream;
  }

  synchronized void heartbeat(HeartbeatRequest request, StreamObserver<HeartbeatResponse> out) {
    unary.add(request);
    if (mode == Mode.UNARY_HELD) {
      held.add(new Held(request, out));
    } else {
      answer(new Held(request, out), 200);
    }
  }

  /** Answers the unary beats that wait, and from now on all at once. */
  synchronized void release(int nextInMillis) {
    mode = Mode.UNKNOWN_METHOD;
    held.forEach(one -> answer(one, nextInMillis));
    held.clear();
  }

  private void answer(Held one, int nextInMillis) {
    one.out.onNext(
        HeartbeatResponse.newBuilder()
            .setNextIn(millis(nextInMillis))
            .addAllUnknownLeaseIds(unknown.apply(one.request.getLeaseIdsList()))
            .build());
    one.out.onCompleted();
  }

  /** The unary beats, in order. */
  synchronized List<HeartbeatRequest> unary() {
    return List.copyOf(unary);
  }

  private static Duration millis(int millis) {
    return Duration.newBuilder()
        .setSeconds(millis / 1_000)
        .setNanos(millis % 1_000 * 1_000_000)
        .build();
  }

  synchronized KeepAliveResponse.Builder answer(int nextInMillis) {
    return KeepAliveResponse.newBuilder().setNextIn(millis(nextInMillis)).setRecovering(recovering);
  }

  /** When the next beat is asked for from now on. */
  synchronized void pace(int nextInMillis) {
    pace = nextInMillis;
  }

  synchronized void mode(Mode now) {
    mode = now;
  }

  synchronized void recovering() {
    recovering = true;
  }

  synchronized List<Stream> streams() {
    return List.copyOf(streams);
  }

  Stream last() {
    List<Stream> all = streams();
    return all.get(all.size() - 1);
  }

  /** How many messages came on all streams. */
  int count() {
    return streams().stream().mapToInt(stream -> stream.heard().size()).sum();
  }
}
