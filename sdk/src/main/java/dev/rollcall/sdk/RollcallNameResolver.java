// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

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

  private final Target target;
  private final SynchronizationContext context;
  private final ConfigOrError balanced;
  private final ConfigOrError nobody;
  private final Session session;
  private final Directory.Follower follower = new Heard();
  private Listener2 listener = new NotStarted();

  RollcallNameResolver(Target target, Args args) {
    this.target = target;
    this.context = args.getSynchronizationContext();
    this.balanced = config(args, ROUND_ROBIN);
    this.nobody = config(args, PICK_FIRST);
    this.session = Session.acquire(target.place());
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
    session.loop().execute(() -> session.directory().follow(target.service(), follower));
  }

  @Override
  public void shutdown() {
    session.loop().execute(() -> session.directory().unfollow(target.service(), follower));
    session.release();
  }

  private void addresses(List<EquivalentAddressGroup> groups) {
    listener.onResult2(result(StatusOr.fromValue(groups), balanced));
  }

  /**
   * Says that there is nobody to call. round_robin would go on using connections that are up, so it
   * is first replaced by a policy that drops them when it gets an empty list; then the reason is
   * given, in our words instead of the policy's.
   */
  private void nobody(Status why) {
    listener.onResult2(result(StatusOr.fromValue(List.of()), nobody));
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
  private static EquivalentAddressGroup group(ServiceInstance instance) {
    HostPort at = HostPort.parse(instance.address());
    return new EquivalentAddressGroup(new InetSocketAddress(at.host(), at.port()));
  }

  /** What the directory says. */
  private final class Heard implements Directory.Follower {
    @Override
    public void changed(ServiceSet now) {
      List<EquivalentAddressGroup> groups =
          now.instances().stream()
              .filter(ServiceInstance::takesTraffic)
              .map(RollcallNameResolver::group)
              .toList();
      String advice = Advice.noInstance(target.service()) + " (" + target.place() + ")";
      context.execute(
          () -> {
            if (groups.isEmpty()) {
              nobody(Status.UNAVAILABLE.withDescription(advice));
            } else {
              addresses(groups);
            }
          });
    }

    @Override
    public void unreachable(String why) {
      context.execute(() -> nobody(Status.UNAVAILABLE.withDescription(why)));
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
