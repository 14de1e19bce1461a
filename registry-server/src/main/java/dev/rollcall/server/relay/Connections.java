// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.server.relay;

import dev.rollcall.server.probe.Target;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * gRPC connections to receivers, each to an address that was checked. One is kept for a moment
 * after its last message, and given up as soon as it fails: a channel that waits out a back-off
 * would hide that its receiver is back. From any thread.
 */
final class Connections {
  static final int CONNECT_MILLIS = 3_000;
  private static final int KEPT_SECONDS = 10;

  /** 1 MiB of text and its frame. */
  private static final int MESSAGE_BYTES = (1 << 20) + 64;

  private static final int METADATA_BYTES = 16 << 10;

  private final EventLoopGroup group;
  private final Map<Target, Connection> open = new HashMap<>();

  Connections(EventLoopGroup group) {
    this.group = group;
  }

  /** A connection in use; give it back once. */
  final class Connection {
    final ManagedChannel channel;
    private final Target target;
    private int users;
    private long uses;

    private Connection(Target target) {
      this.target = target;
      channel =
          NettyChannelBuilder.forAddress(target.address(), InsecureChannelCredentials.create())
              .overrideAuthority(target.authority())
              .eventLoopGroup(group)
              .channelType(NioSocketChannel.class)
              .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
              .directExecutor()
              .disableRetry()
              .disableServiceConfigLookUp()
              // the system properties for one must not lead a message elsewhere
              .proxyDetector(address -> null)
              .maxInboundMessageSize(MESSAGE_BYTES)
              .maxInboundMetadataSize(METADATA_BYTES)
              .build();
    }

    /** Done with it. */
    void release(boolean failed) {
      synchronized (open) {
        users--;
        if (failed) {
          drop(this);
        } else if (users == 0 && open.get(target) == this) {
          long then = uses;
          var unused = group.schedule(() -> dropIdle(this, then), KEPT_SECONDS, TimeUnit.SECONDS);
        }
      }
    }
  }

  Connection to(Target target) {
    synchronized (open) {
      Connection connection = open.computeIfAbsent(target, Connection::new);
      connection.users++;
      connection.uses++;
      return connection;
    }
  }

  private void dropIdle(Connection connection, long uses) {
    synchronized (open) {
      if (connection.users == 0 && connection.uses == uses) {
        drop(connection);
      }
    }
  }

  /** What is under way on it may still end well. */
  private void drop(Connection connection) {
    if (open.remove(connection.target, connection)) {
      connection.channel.shutdown();
    }
  }

  void close() {
    synchronized (open) {
      open.values().forEach(connection -> connection.channel.shutdownNow());
      open.clear();
    }
  }
}
