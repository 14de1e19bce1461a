// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.probe;

import dev.rollcall.server.catalog.HealthCheck;
import io.grpc.CallOptions;
import io.grpc.ChannelCredentials;
import io.grpc.ConnectivityState;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.TlsChannelCredentials;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.MultiThreadIoEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioIoHandler;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The gRPC health protocol, on one event loop.
 *
 * <p>Each probe is a connection of its own, as the kubelet does it. A channel that is kept says
 * nothing about whether the next caller gets in, waits out its own back-off before it notices that
 * a target is back, and would have to be replaced whenever a name resolves to another address; and
 * what is open is bounded by the probes under way instead of by the number of targets.
 */
final class GrpcProbes implements AutoCloseable {
  private static final int MESSAGE_BYTES = 4_096;

  /** How gRPC describes a connection that the target closed, by a reset or not. */
  private static final String CLOSED = "Network closed for unknown reason";

  private static final ChannelCredentials PLAIN = InsecureChannelCredentials.create();

  private final EventLoopGroup group;
  private final ChannelCredentials secured;

  /**
   * With an event loop of its own.
   *
   * @param trust whom to trust; null: as the JDK is configured
   */
  GrpcProbes(TrustManager @Nullable [] trust, ThreadFactory threads) {
    group = new MultiThreadIoEventLoopGroup(1, threads, NioIoHandler.newFactory());
    secured =
        trust == null
            ? TlsChannelCredentials.create()
            : TlsChannelCredentials.newBuilder().trustManager(trust).build();
  }

  /** Connects and asks. Never blocks. */
  Asker.Asking ask(Target target, HealthCheck.Grpc question, Consumer<Finding> found) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(target.address(), question.tls() ? secured : PLAIN)
            .overrideAuthority(target.authority())
            .eventLoopGroup(group)
            .channelType(NioSocketChannel.class)
            .directExecutor()
            .disableRetry()
            .disableServiceConfigLookUp()
            // the system properties for one must not lead a probe elsewhere
            .proxyDetector(address -> null)
            .maxInboundMessageSize(MESSAGE_BYTES)
            .build();
    HealthCheckRequest request =
        HealthCheckRequest.newBuilder().setService(question.service()).build();
    ClientCalls.asyncUnaryCall(
        channel.newCall(HealthGrpc.getCheckMethod(), CallOptions.DEFAULT),
        request,
        new Answer(channel, found));
    return new Talk(channel);
  }

  @Override
  public void close() {
    var unused = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** What a status of the call, rather than of the target, means. */
  static Finding finding(Status status) {
    for (Throwable cause = status.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof Http2Exception) {
        return Finding.failed("not gRPC");
      }
    }
    return switch (status.getCode()) {
      case UNIMPLEMENTED -> Finding.failed("gRPC: the target has no health service");
      case NOT_FOUND -> Finding.failed("gRPC: the target does not know this service");
      case UNAVAILABLE -> unavailable(status);
      default -> Finding.failed("gRPC: " + status.getCode());
    };
  }

  /** With a cause it is the connection that failed; without, the target says so, or nothing. */
  private static Finding unavailable(Status status) {
    Throwable cause = status.getCause();
    if (cause != null) {
      return Finding.of(cause);
    }
    return CLOSED.equals(status.getDescription())
        // gRPC cannot always tell a reset from an end, so both mean that nobody is there
        ? new Finding(Finding.Kind.ABSENT, "connection closed before an answer")
        : Finding.failed("gRPC: UNAVAILABLE");
  }

  private record Answer(ManagedChannel channel, Consumer<Finding> found)
      implements StreamObserver<HealthCheckResponse> {
    @Override
    public void onNext(HealthCheckResponse response) {
      found.accept(
          switch (response.getStatus()) {
            case SERVING -> Finding.passed("gRPC: SERVING");
            case SERVICE_UNKNOWN -> Finding.failed("gRPC: the target does not know this service");
            default -> Finding.failed("gRPC: " + response.getStatus());
          });
      channel.shutdownNow();
    }

    @Override
    public void onError(Throwable error) {
      found.accept(finding(Status.fromThrowable(error)));
      channel.shutdownNow();
    }

    @Override
    public void onCompleted() {
      channel.shutdownNow();
    }
  }

  private record Talk(ManagedChannel channel) implements Asker.Asking {
    @Override
    public String stage() {
      return channel.getState(false) == ConnectivityState.READY
          ? "waiting for an answer"
          : "connecting";
    }

    @Override
    public void abandon() {
      channel.shutdownNow();
    }
  }
}
