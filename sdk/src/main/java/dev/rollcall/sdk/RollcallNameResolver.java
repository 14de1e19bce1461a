// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import dev.rollcall.sdk.Shares.Share;
import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Gives a channel the usable instances of one service, and how to call them, as they change.
 *
 * <p>{@code start} and {@code shutdown} run in the channel's synchronization context, what the
 * directory says on the session's loop; it is handed over to the former.
 */
final class RollcallNameResolver extends NameResolver {
  private static final Map<String, ?> WEIGHTED = Map.of(WeightedBalancerProvider.POLICY, Map.of());
  private static final Map<String, ?> PICK_FIRST = Map.of("pick_first", Map.of());

  /** A call that no server has taken up is tried again elsewhere within half a second. */
  private static final Map<String, ?> RETRIES =
      Map.of(
          "maxAttempts",
          4.0,
          "initialBackoff",
          "0.05s",
          "maxBackoff",
          "0.2s",
          "backoffMultiplier",
          2.0,
          "retryableStatusCodes",
          List.of("UNAVAILABLE"));

  /** When a host that could not be looked up is tried again. */
  private static final Duration LOOKUP_RETRY = Duration.ofSeconds(3);

  private final Target target;
  private final Optional<Path> cacheDirectory;
  private final SynchronizationContext context;
  private final ConfigOrError balanced;
  private final ConfigOrError nobody;

  /** Held from start to shutdown. Only in the synchronization context. */
  private @Nullable Session session;

  private final Directory.Follower follower = new Heard();
  private Listener2 listener = new NotStarted();

  /** Whether the channel holds addresses now. Only in the synchronization context. */
  private boolean serving;

  /** The newest thing to say; what was prepared for an older one is dropped. */
  private final AtomicLong newest = new AtomicLong();

  /** Written on the session loop. */
  private volatile ServiceSet last = ServiceSet.EMPTY;

  RollcallNameResolver(Target target, Optional<Path> cacheDirectory, Args args) {
    this.target = target;
    this.cacheDirectory = cacheDirectory;
    this.context = args.getSynchronizationContext();
    this.balanced = config(args, WEIGHTED);
    this.nobody = config(args, PICK_FIRST);
  }

  private static ConfigOrError config(Args args, Map<String, ?> policy) {
    return args.getServiceConfigParser()
        .parseServiceConfig(
            Map.of(
                "loadBalancingConfig", List.of(policy),
                "methodConfig",
                    List.of(Map.of("name", List.of(Map.of()), "retryPolicy", RETRIES))));
  }

  @Override
  public String getServiceAuthority() {
    return target.service();
  }

  @Override
  public void start(Listener2 told) {
    listener = told;
    Session acquired = Session.acquire(target.place());
    session = acquired;
    cacheDirectory.ifPresent(acquired::keepIn);
    acquired.loop().execute(() -> acquired.directory().follow(target.service(), follower));
  }

  @Override
  public void shutdown() {
    Session held = session;
    if (held != null) {
      session = null;
      held.loop().execute(() -> held.directory().unfollow(target.service(), follower));
      held.release();
    }
  }

  /** gRPC lost a connection: a host name among the addresses may mean another host by now. */
  @Override
  public void refresh() {
    Session held = session;
    if (held != null && !last.entries().isEmpty()) {
      say(held, last);
    }
  }

  /**
   * Host names are looked up elsewhere: that may take seconds, and the beats must not wait. What is
   * known of them already is said at once, so one slow name does not hold the others up.
   */
  private void say(Session held, ServiceSet now) {
    long turn = newest.incrementAndGet();
    List<Listed> usable =
        now.instances().stream()
            .filter(ServiceInstance::takesTraffic)
            .map(one -> new Listed(HostPort.parse(one.address()), Share.of(one)))
            .toList();
    Map<String, CompletableFuture<Optional<InetAddress>>> asked = new HashMap<>();
    usable.forEach(one -> asked.computeIfAbsent(one.at.host(), held.lookup()::find));
    var all = CompletableFuture.allOf(asked.values().toArray(new CompletableFuture<?>[0]));
    if (!all.isDone()) {
      List<Found> known = found(usable, held.lookup()::known);
      if (!known.isEmpty()) {
        context.execute(() -> give(turn, known));
      }
    }
    CompletableFuture<Void> unused =
        all.thenRun(
            () -> {
              List<Found> found = found(usable, host -> answer(asked, host));
              context.execute(() -> finish(held, turn, usable, found));
            });
  }

  private void finish(Session held, long turn, List<Listed> usable, List<Found> found) {
    if (found.size() < usable.size()) {
      held.loop().schedule(LOOKUP_RETRY, () -> again(held, turn));
    }
    if (turn == newest.get() && found.isEmpty() && !usable.isEmpty()) {
      String why = "no host of service " + target.service() + " can be looked up";
      nobody(Status.UNAVAILABLE.withDescription(why));
      return;
    }
    give(turn, found);
  }

  private void again(Session held, long turn) {
    context.execute(
        () -> {
          if (turn == newest.get() && session != null) {
            say(held, last);
          }
        });
  }

  private static Optional<InetAddress> answer(
      Map<String, CompletableFuture<Optional<InetAddress>>> asked, String host) {
    CompletableFuture<Optional<InetAddress>> one = asked.get(host);
    return one == null ? Optional.empty() : one.join();
  }

  private static List<Found> found(
      List<Listed> usable, Function<String, Optional<InetAddress>> lookup) {
    return usable.stream()
        .flatMap(
            one ->
                lookup
                    .apply(one.at.host())
                    .map(ip -> new Found(new InetSocketAddress(ip, one.at.port()), one.share))
                    .stream())
        .toList();
  }

  private void give(long turn, List<Found> found) {
    if (turn != newest.get()) {
      return;
    }
    if (found.isEmpty()) {
      String advice = Advice.noInstance(target.service()) + " (" + target.place() + ")";
      nobody(Status.UNAVAILABLE.withDescription(advice));
    } else {
      addresses(found);
    }
  }

  /** Two that name one address are one: with the larger weight, and not with both. */
  private void addresses(List<Found> found) {
    serving = true;
    Map<SocketAddress, Share> shares = new LinkedHashMap<>();
    found.forEach(one -> shares.merge(one.address, one.share, RollcallNameResolver::larger));
    List<EquivalentAddressGroup> groups =
        shares.keySet().stream().map(EquivalentAddressGroup::new).toList();
    Attributes told =
        Attributes.newBuilder().set(Weighing.KEY, new Weighing(target.zone(), shares)).build();
    listener.onResult2(
        ResolutionResult.newBuilder()
            .setAddressesOrError(StatusOr.fromValue(groups))
            .setAttributes(told)
            .setServiceConfig(balanced)
            .build());
  }

  private static Share larger(Share one, Share other) {
    return one.weight() >= other.weight() ? one : other;
  }

  /**
   * Says that there is nobody to call. The balancer would go on using connections that are up, so
   * it is first replaced by a policy that drops them when it gets an empty list; then the reason is
   * given, in our words instead of the policy's.
   */
  private void nobody(Status why) {
    if (serving) {
      serving = false;
      listener.onResult2(result(StatusOr.fromValue(List.of()), nobody));
    }
    listener.onResult2(result(StatusOr.fromStatus(why), nobody));
  }

  private static ResolutionResult result(
      StatusOr<List<EquivalentAddressGroup>> addresses, ConfigOrError config) {
    return ResolutionResult.newBuilder()
        .setAddressesOrError(addresses)
        .setServiceConfig(config)
        .build();
  }

  /** A usable instance. */
  private record Listed(HostPort at, Share share) {}

  /** Where it is dialled. */
  private record Found(InetSocketAddress address, Share share) {}

  /** What the directory says. */
  private final class Heard implements Directory.Follower {
    @Override
    public void changed(ServiceSet now) {
      last = now;
      context.execute(
          () -> {
            Session held = session;
            if (held != null) {
              say(held, now);
            }
          });
    }

    @Override
    public void unreachable(String why) {
      context.execute(
          () -> {
            newest.incrementAndGet();
            nobody(Status.UNAVAILABLE.withDescription(why));
          });
    }
  }

  /** Before gRPC has said whom to tell; nothing is followed yet. */
  private static final class NotStarted extends Listener2 {
    @Override
    public void onResult(ResolutionResult result) {}

    @Override
    public void onError(Status status) {}
  }
}
