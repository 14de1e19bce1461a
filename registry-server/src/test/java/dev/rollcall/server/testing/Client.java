// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.testing;

import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceBlockingStub;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import java.util.concurrent.TimeUnit;

/** A connection of its own to a port of loopback. */
public final class Client implements AutoCloseable {
  private final ManagedChannel channel;

  /** To a port. */
  public Client(int port) {
    channel =
        Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create()).build();
  }

  /** The connection. */
  public ManagedChannel channel() {
    return channel;
  }

  /** Calls with a deadline that only a hang reaches. */
  public RegistryServiceBlockingStub calls() {
    return calls(20_000);
  }

  /** Calls with a deadline. */
  public RegistryServiceBlockingStub calls(long deadlineMillis) {
    return RegistryServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(deadlineMillis, TimeUnit.MILLISECONDS);
  }

  /** Streams without a deadline. */
  public RegistryServiceStub streams() {
    return RegistryServiceGrpc.newStub(channel);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
