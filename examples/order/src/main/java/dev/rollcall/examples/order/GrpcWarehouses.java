// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.examples.order;

import dev.rollcall.examples.product.v1.ProductServiceGrpc;
import dev.rollcall.examples.product.v1.ProductServiceGrpc.ProductServiceBlockingStub;
import dev.rollcall.examples.product.v1.SellProductRequest;
import dev.rollcall.sdk.Rollcall;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Warehouses over gRPC, found by name.
 *
 * <p>A sale is safe to repeat at one warehouse, but not at another. So the channel must not retry
 * it by itself as {@code rollcall.channel("product")} would: {@link Purchases} decides where to.
 */
final class GrpcWarehouses implements Warehouses {
  private static final int DEADLINE_SECONDS = 2;

  private final ManagedChannel byName;
  private final Map<String, ManagedChannel> byAddress = new ConcurrentHashMap<>();

  GrpcWarehouses(Rollcall rollcall) {
    byName = channel(rollcall.target("product"));
  }

  private static ManagedChannel channel(String target) {
    return ManagedChannelBuilder.forTarget(target).usePlaintext().disableRetry().build();
  }

  @Override
  public Answer sellSomewhere(String productId, String requestId) {
    return sell(byName, "", productId, requestId);
  }

  @Override
  public Answer sellAt(String address, String productId, String requestId) {
    ManagedChannel channel = byAddress.computeIfAbsent(address, GrpcWarehouses::channel);
    channel.resetConnectBackoff();
    return sell(channel, address, productId, requestId);
  }

  @Override
  public String endpoint() {
    return "";
  }

  private static Answer sell(Channel channel, String known, String productId, String requestId) {
    var where = new Reached(known);
    ProductServiceBlockingStub stub =
        ProductServiceGrpc.newBlockingStub(channel)
            .withInterceptors(where)
            .withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    SellProductRequest request =
        SellProductRequest.newBuilder().setProductId(productId).setRequestId(requestId).build();
    try {
      var sale = stub.sellProduct(request).getSale();
      return new Sold(where.address(), sale);
    } catch (StatusRuntimeException e) {
      String said = String.valueOf(e.getMessage());
      return switch (e.getStatus().getCode()) {
        case FAILED_PRECONDITION -> new OutOfStock(where.address());
        case NOT_FOUND ->
            new Unknown(where.address(), String.valueOf(e.getStatus().getDescription()));
        case UNAVAILABLE ->
            where.reached() ? new Unclear(where.address(), said) : new NobodyThere(known, said);
        default ->
            where.reached() || !known.isEmpty()
                ? new Unclear(where.address(), said)
                : new NobodyThere(known, said);
      };
    }
  }

  @Override
  public void close() {
    byAddress.values().forEach(ManagedChannel::shutdown);
    byName.shutdown();
  }

  /** Notes which warehouse a call was sent to. */
  private static final class Reached implements ClientInterceptor {
    private final String known;
    private volatile @Nullable ClientCall<?, ?> sent;

    Reached(String known) {
      this.known = known;
    }

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(
        MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
      ClientCall<Q, A> call = next.newCall(method, options);
      sent = call;
      return call;
    }

    private @Nullable InetSocketAddress remote() {
      ClientCall<?, ?> call = sent;
      return call != null
              && call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR)
                  instanceof InetSocketAddress remote
          ? remote
          : null;
    }

    boolean reached() {
      return remote() != null;
    }

    String address() {
      InetSocketAddress remote = remote();
      return remote == null || !known.isEmpty()
          ? known
          : remote.getAddress().getHostAddress() + ":" + remote.getPort();
    }
  }
}
