// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
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
  private static final Map<String, ?> ROUND_ROBIN = Map.of("round_robin", Map.of());
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

  RollcallNameResolver(Target target, Args args) {
    this.target = target;
    this.context = args.getSynchronizationContext();
    this.balanced = config(args, ROUND_ROBIN);
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
    List<HostPort> usable =
        now.instances().stream()
            .filter(ServiceInstance::takesTraffic)
            .map(instance -> HostPort.parse(instance.address()))
            .toList();
    Map<String, CompletableFuture<Optional<InetAddress>>> asked = new HashMap<>();
    usable.forEach(at -> asked.computeIfAbsent(at.host(), held.lookup()::find));
    var all = CompletableFuture.allOf(asked.values().toArray(new CompletableFuture<?>[0]));
    if (!all.isDone()) {
      List<EquivalentAddressGroup> known = groups(usable, held.lookup()::known);
      if (!known.isEmpty()) {
        context.execute(() -> give(turn, known));
      }
    }
    CompletableFuture<Void> unused =
        all.thenRun(
            () -> {
              List<EquivalentAddressGroup> found = groups(usable, host -> answer(asked, host));
              context.execute(() -> finish(held, turn, usable, found));
            });
  }

  private void finish(
      Session held, long turn, List<HostPort> usable, List<EquivalentAddressGroup> found) {
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

  private static List<EquivalentAddressGroup> groups(
      List<HostPort> places, Function<String, Optional<InetAddress>> lookup) {
    return places.stream()
        .flatMap(at -> lookup.apply(at.host()).map(ip -> group(ip, at.port())).stream())
        .toList();
  }

  private void give(long turn, List<EquivalentAddressGroup> groups) {
    if (turn != newest.get()) {
      return;
    }
    if (groups.isEmpty()) {
      String advice = Advice.noInstance(target.service()) + " (" + target.place() + ")";
      nobody(Status.UNAVAILABLE.withDescription(advice));
    } else {
      addresses(groups);
    }
  }

  private void addresses(List<EquivalentAddressGroup> groups) {
    serving = true;
    listener.onResult2(result(StatusOr.fromValue(groups), balanced));
  }

  /**
   * Says that there is nobody to call. round_robin would go on using connections that are up, so it
   * is first replaced by a policy that drops them when it gets an empty list; then the reason is
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

  /** Without attributes of its own: a changed attribute would make gRPC connect anew. */
  private static EquivalentAddressGroup group(InetAddress host, int port) {
    return new EquivalentAddressGroup(new InetSocketAddress(host, port));
  }

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
