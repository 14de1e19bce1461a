// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.benchmarks;

import dev.rollcall.registry.v1.GetRequest;
import dev.rollcall.registry.v1.GetResponse;
import dev.rollcall.registry.v1.HeartbeatRequest;
import dev.rollcall.registry.v1.HeartbeatResponse;
import dev.rollcall.registry.v1.Instance;
import dev.rollcall.registry.v1.RegisterRequest;
import dev.rollcall.registry.v1.RegisterResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The ceiling: the same calls on the same transport and event loop, answered with ordinary protobuf
 * from a map, durable nowhere. Prints "ready PORT" and runs until it is killed.
 */
public final class BareServer extends RegistryServiceGrpc.RegistryServiceImplBase {
  private final Map<String, Map<String, Instance>> services = new ConcurrentHashMap<>();

  /** Starts it on a free port of loopback. */
  public static void main(String[] args) throws IOException, InterruptedException {
    var server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .directExecutor()
            .addService(new BareServer())
            .build()
            .start();
    System.out.println("ready " + server.getPort());
    server.awaitTermination();
  }

  @Override
  public void register(RegisterRequest request, StreamObserver<RegisterResponse> client) {
    Instance instance = request.getInstance();
    services
        .computeIfAbsent(instance.getService(), name -> new ConcurrentHashMap<>())
        .put(instance.getId(), instance);
    client.onNext(
        RegisterResponse.newBuilder()
            .setInstance(instance)
            .setLeaseId(request.getLeaseId())
            .setRevision(1)
            .build());
    client.onCompleted();
  }

  @Override
  public void heartbeat(HeartbeatRequest request, StreamObserver<HeartbeatResponse> client) {
    client.onNext(HeartbeatResponse.newBuilder().setEpoch("bare").build());
    client.onCompleted();
  }

  @Override
  public void get(GetRequest request, StreamObserver<GetResponse> client) {
    client.onNext(
        GetResponse.newBuilder()
            .setEpoch("bare")
            .setRevision(1)
            .addAllInstances(services.getOrDefault(request.getService(), Map.of()).values())
            .build());
    client.onCompleted();
  }
}
