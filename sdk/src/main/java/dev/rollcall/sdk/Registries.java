// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The registry's addresses, of which one is in use; after a failure the next one is.
 *
 * <p>Runs on the session's loop.
 */
final class Registries {
  /** Room for a snapshot's part: 1 MiB of changes and its header. */
  private static final int LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024;

  /** A connection on which nothing comes back is closed; the registry permits 5 s. */
  private static final Duration KEEP_ALIVE_TIME = Duration.ofSeconds(10);

  private static final Duration KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(3);

  /** That often in a row without an answer: the connection may be dead where the server is not. */
  private static final int MOST_DEADLINES = 2;

  private final Loop loop;
  private final List<String> addresses;
  private final @Nullable ManagedChannel[] channels;
  private final int[] deadlinesInARow;
  private final List<ManagedChannel> retired = new ArrayList<>();
  private int current;

  Registries(Loop loop, List<String> addresses) {
    this.loop = loop;
    this.addresses = List.copyOf(addresses);
    this.channels = new ManagedChannel[addresses.size()];
    this.deadlinesInARow = new int[addresses.size()];
  }

  int count() {
    return addresses.size();
  }

  /** The registry in use. */
  Registry current() {
    loop.assertInside();
    ManagedChannel channel = channels[current];
    if (channel == null) {
      channel =
          ManagedChannelBuilder.forTarget(addresses.get(current))
              .usePlaintext()
              .disableRetry()
              .directExecutor()
              .maxInboundMessageSize(LARGEST_MESSAGE_BYTES)
              .keepAliveTime(KEEP_ALIVE_TIME.toSeconds(), TimeUnit.SECONDS)
              .keepAliveTimeout(KEEP_ALIVE_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
              .keepAliveWithoutCalls(true)
              .build();
      channels[current] = channel;
    }
    return new Registry(addresses.get(current), current, channel);
  }

  /** Says that a call was answered: the connection carries both ways. */
  void answered(Registry registry) {
    loop.assertInside();
    if (inUse(registry)) {
      deadlinesInARow[registry.index] = 0;
    }
  }

  /** Says that a call failed: where the registry itself was not reached, the next one is tried. */
  void failed(Registry registry, Status status) {
    loop.assertInside();
    boolean late = status.getCode() == Status.Code.DEADLINE_EXCEEDED;
    if (late && inUse(registry) && ++deadlinesInARow[registry.index] >= MOST_DEADLINES) {
      retire(registry);
    }
    boolean unreached = late || status.getCode() == Status.Code.UNAVAILABLE;
    if (unreached && registry.index == current) {
      current = (current + 1) % addresses.size();
    }
  }

  private boolean inUse(Registry registry) {
    return Objects.equals(channels[registry.index], registry.channel);
  }

  /**
   * The next call opens a new connection. Streams on the old one stay: where it is only slow they
   * go on, where it is dead keepalive ends them.
   */
  private void retire(Registry registry) {
    registry.channel.shutdown();
    retired.removeIf(ManagedChannel::isTerminated);
    retired.add(registry.channel);
    channels[registry.index] = null;
    deadlinesInARow[registry.index] = 0;
  }

  /**
   * Goes on to the next registry, or, where there is but one address, to a new connection: behind
   * one address there may be several servers. Streams that are open stay open.
   */
  void leave(Registry registry) {
    loop.assertInside();
    if (registry.index != current) {
      return;
    }
    if (addresses.size() > 1) {
      current = (current + 1) % addresses.size();
    } else if (inUse(registry)) {
      retire(registry);
    }
  }

  /** Takes no new calls; what is open may still end well. */
  void startClosing() {
    loop.assertInside();
    for (ManagedChannel channel : channels) {
      if (channel != null) {
        channel.shutdown();
      }
    }
  }

  void close() {
    loop.assertInside();
    retired.forEach(ManagedChannel::shutdownNow);
    for (ManagedChannel channel : channels) {
      if (channel != null) {
        channel.shutdownNow();
      }
    }
  }

  /** One registry server. */
  record Registry(String address, int index, ManagedChannel channel) {
    /** Calls it, connecting at once where gRPC would still wait after a failed attempt. */
    RegistryServiceStub stub() {
      channel.resetConnectBackoff();
      return RegistryServiceGrpc.newStub(channel);
    }

    RegistryServiceStub stub(Duration deadline) {
      return stub().withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS);
    }
  }
}
