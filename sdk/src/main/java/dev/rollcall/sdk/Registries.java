// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.config.v1.ConfigServiceGrpc;
import dev.rollcall.config.v1.ConfigServiceGrpc.ConfigServiceStub;
import dev.rollcall.registry.v1.GetStatusRequest;
import dev.rollcall.registry.v1.GetStatusResponse;
import dev.rollcall.registry.v1.RegistryServiceGrpc;
import dev.rollcall.registry.v1.RegistryServiceGrpc.RegistryServiceStub;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry's addresses, of which one is in use; after a failure the next one is. Which one, is
 * {@link Homing}'s rule.
 *
 * <p>Runs on the session's loop.
 */
final class Registries {
  /** Room for a snapshot's part: 1 MiB of changes and its header. */
  private static final int LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024;

  /** A connection on which nothing comes back is closed; the registry permits 5 s. */
  private static final Duration KEEP_ALIVE_TIME = Duration.ofSeconds(10);

  private static final Duration KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(3);

  /** A connection to a registry that is not used any more ends, so that it costs nobody pings. */
  private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(1);

  /** That often in a row without an answer: the connection may be dead where the server is not. */
  private static final int MOST_DEADLINES = 2;

  /** What an answer may take while there is another registry that was not asked yet. */
  static final Duration PATIENCE = Duration.ofSeconds(1);

  /** What it may take where there is no better registry: a slow one is better than none. */
  private static final Duration LONG_PATIENCE = Duration.ofSeconds(2);

  /** Of one name with several addresses not everybody takes the first. */
  private static final Map<String, ?> ANY_ADDRESS =
      Map.of(
          "loadBalancingConfig", List.of(Map.of("pick_first", Map.of("shuffleAddressList", true))));

  private static final Logger log = LoggerFactory.getLogger(Registries.class);

  private final Loop loop;
  private final List<String> addresses;
  private final Homing homing;
  private final @Nullable ManagedChannel[] channels;
  private final int[] deadlinesInARow;
  private final List<ManagedChannel> retired = new ArrayList<>();
  private final List<Guest> guests = new ArrayList<>();

  /** Calls that were not answered in time since the last one that was answered at all. */
  private int late;

  Registries(Loop loop, List<String> addresses, Random random) {
    this.loop = loop;
    this.addresses = List.copyOf(addresses);
    this.homing = new Homing(loop, addresses.size(), random, new Home());
    this.channels = new ManagedChannel[addresses.size()];
    this.deadlinesInARow = new int[addresses.size()];
  }

  /** Whoever has a stream open at a registry. Told on the loop. */
  interface Guest {
    /** That registry answered somebody. */
    void heard(Registry registry);

    /** That registry left a call unanswered: a stream there should find out whether it lives. */
    void suspect(Registry registry);

    /** Another registry than that of open streams is to be used from now on. */
    void moved();
  }

  void join(Guest guest) {
    guests.add(guest);
  }

  int count() {
    return addresses.size();
  }

  /** How long to wait for an answer before the next registry is tried. */
  Duration patience() {
    return late < addresses.size() && addresses.size() > 1 ? PATIENCE : LONG_PATIENCE;
  }

  /** The registry in use. */
  Registry current() {
    return at(homing.current());
  }

  private Registry at(int index) {
    loop.assertInside();
    ManagedChannel channel = channels[index];
    if (channel == null) {
      channel =
          ManagedChannelBuilder.forTarget(addresses.get(index))
              .defaultServiceConfig(ANY_ADDRESS)
              .usePlaintext()
              .disableRetry()
              .directExecutor()
              .maxInboundMessageSize(LARGEST_MESSAGE_BYTES)
              .keepAliveTime(KEEP_ALIVE_TIME.toSeconds(), TimeUnit.SECONDS)
              .keepAliveTimeout(KEEP_ALIVE_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
              .keepAliveWithoutCalls(true)
              .idleTimeout(IDLE_TIMEOUT.toSeconds(), TimeUnit.SECONDS)
              .build();
      channels[index] = channel;
    }
    return new Registry(addresses.get(index), index, channel);
  }

  /** Says that a call was answered: the connection carries both ways. */
  void answered(Registry registry) {
    loop.assertInside();
    late = 0;
    if (inUse(registry)) {
      deadlinesInARow[registry.index] = 0;
    }
    guests.forEach(guest -> guest.heard(registry));
  }

  /** Says that a call failed: where the registry itself was not reached, the next one is tried. */
  void failed(Registry registry, Status status) {
    loop.assertInside();
    boolean unanswered = status.getCode() == Status.Code.DEADLINE_EXCEEDED;
    if (unanswered) {
      late++;
      if (inUse(registry) && ++deadlinesInARow[registry.index] >= MOST_DEADLINES) {
        retire(registry);
      }
    }
    if (unreached(status)) {
      homing.leave(registry.index);
    }
    if (unanswered) {
      guests.forEach(guest -> guest.suspect(registry));
    }
  }

  /**
   * Whether the registry itself may not have been there: another one may answer. A server that is
   * stopped the hard way cancels what is open.
   */
  static boolean unreached(Status status) {
    return switch (status.getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED -> true;
      default -> false;
    };
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
   * one address there may be several servers. Streams that are open are asked to follow.
   */
  void leave(Registry registry) {
    loop.assertInside();
    if (addresses.size() > 1) {
      homing.leave(registry.index);
    } else if (inUse(registry)) {
      retire(registry);
    }
    guests.forEach(Guest::moved);
  }

  /** Takes no new calls; what is open may still end well. */
  void startClosing() {
    loop.assertInside();
    homing.close();
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

  /** The registry that is this client's own. */
  private final class Home implements Homing.Home {
    @Override
    public void ask(int index, Consumer<Boolean> works) {
      Registry home = at(index);
      Consumer<GetStatusResponse> answered = answer -> works.accept(answer.getStoreUp());
      Consumer<Status> failed = why -> works.accept(false);
      home.stub(PATIENCE)
          .getStatus(GetStatusRequest.getDefaultInstance(), new Reply<>(loop, answered, failed));
    }

    @Override
    public void reached() {
      log.info("the registry at {} works again: back to it", current().address());
      guests.forEach(Guest::moved);
    }
  }

  /** One registry server. */
  record Registry(String address, int index, ManagedChannel channel) {
    /** Calls it, connecting at once where gRPC would still wait after a failed attempt. */
    RegistryServiceStub stub() {
      channel.resetConnectBackoff();
      return RegistryServiceGrpc.newStub(channel);
    }

    /** Its configuration service. */
    ConfigServiceStub config() {
      channel.resetConnectBackoff();
      return ConfigServiceGrpc.newStub(channel);
    }

    RegistryServiceStub stub(Duration deadline) {
      return stub().withDeadlineAfter(deadline.toMillis(), TimeUnit.MILLISECONDS);
    }
  }
}
