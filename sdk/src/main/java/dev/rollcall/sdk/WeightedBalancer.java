// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import static java.util.stream.Collectors.toSet;

import dev.rollcall.sdk.Shares.Share;
import io.grpc.ConnectivityState;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancerProvider;
import io.grpc.Status;
import io.grpc.util.ForwardingLoadBalancerHelper;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Shares calls over the instances that are connected, by weight and zone.
 *
 * <p>Each address has a round_robin of its own with nothing else in it. That makes and keeps the
 * connection, follows the health service where the service config asks for it, and shows an
 * outlier's ejection as a lost connection, all as for any other channel; only the choice among
 * those that are ready is made here.
 *
 * <p>Runs in the channel's synchronization context, but for the pickers.
 */
final class WeightedBalancer extends LoadBalancer {
  private final Helper helper;
  private final LoadBalancerProvider single;
  private final Map<List<SocketAddress>, Child> children = new LinkedHashMap<>();

  /** Goes on when the picker is made anew, or the first ones would get more. */
  private final AtomicLong turns = new AtomicLong(new Random().nextInt(1 << 20));

  private ConnectivityState state = ConnectivityState.CONNECTING;
  private String ownZone = "";
  private Set<String> zones = Set.of();
  private boolean resolving;

  /** One for a channel, over what makes a child's connection. */
  WeightedBalancer(Helper helper, LoadBalancerProvider single) {
    this.helper = helper;
    this.single = single;
  }

  /** One address. */
  private final class Child extends ForwardingLoadBalancerHelper {
    private ConnectivityState state = ConnectivityState.CONNECTING;
    private SubchannelPicker picker = new FixedResultPicker(PickResult.withNoResult());
    private Share share = Share.ORDINARY;
    private boolean removed;
    private final LoadBalancer balancer = single.newLoadBalancer(this);

    @Override
    protected Helper delegate() {
      return helper;
    }

    @Override
    public void updateBalancingState(ConnectivityState newState, SubchannelPicker newPicker) {
      if (!removed) {
        state = newState;
        picker = newPicker;
        if (!resolving) {
          update();
        }
      }
    }
  }

  @Override
  public Status acceptResolvedAddresses(ResolvedAddresses resolved) {
    if (resolved.getAddresses().isEmpty()) {
      Status none = Status.UNAVAILABLE.withDescription("no address is known");
      handleNameResolutionError(none);
      return none;
    }
    Weighing weighing = Weighing.of(resolved.getAttributes());
    ownZone = weighing.zone();
    resolving = true;
    Set<List<SocketAddress>> named = new HashSet<>();
    for (EquivalentAddressGroup group : resolved.getAddresses()) {
      if (named.add(group.getAddresses())) {
        Child child = children.computeIfAbsent(group.getAddresses(), key -> new Child());
        child.share = weighing.share(group);
        Status unused =
            child.balancer.acceptResolvedAddresses(
                resolved.toBuilder()
                    .setAddresses(List.of(group))
                    .setLoadBalancingPolicyConfig(null)
                    .build());
      }
    }
    List<Child> left = left(named);
    zones = children.values().stream().map(child -> child.share.zone()).collect(toSet());
    resolving = false;
    update();
    // only now, so that no call is given to one that is gone
    left.forEach(child -> child.balancer.shutdown());
    return Status.OK;
  }

  private List<Child> left(Set<List<SocketAddress>> named) {
    List<Child> left = new ArrayList<>();
    children
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !named.contains(entry.getKey());
              if (gone) {
                entry.getValue().removed = true;
                left.add(entry.getValue());
              }
              return gone;
            });
    return left;
  }

  /** What is connected stays in use: not to know anything new is no reason to fail calls. */
  @Override
  public void handleNameResolutionError(Status error) {
    if (state != ConnectivityState.READY) {
      tell(ConnectivityState.TRANSIENT_FAILURE, new FixedResultPicker(PickResult.withError(error)));
    }
  }

  private void update() {
    List<Child> ready = in(ConnectivityState.READY);
    if (!ready.isEmpty()) {
      tell(ConnectivityState.READY, weighted(ready));
    } else if (in(ConnectivityState.TRANSIENT_FAILURE).size() < children.size()) {
      tell(ConnectivityState.CONNECTING, new FixedResultPicker(PickResult.withNoResult()));
    } else {
      tell(ConnectivityState.TRANSIENT_FAILURE, weighted(List.copyOf(children.values())));
    }
  }

  private List<Child> in(ConnectivityState wanted) {
    return children.values().stream().filter(child -> child.state == wanted).toList();
  }

  private SubchannelPicker weighted(List<Child> among) {
    double[] weights = Shares.of(ownZone, among.stream().map(child -> child.share).toList(), zones);
    List<SubchannelPicker> pickers = among.stream().map(child -> child.picker).toList();
    return new Weighted(new Rotation(weights), pickers, turns);
  }

  private void tell(ConnectivityState newState, SubchannelPicker picker) {
    state = newState;
    helper.updateBalancingState(newState, picker);
  }

  @Override
  public void shutdown() {
    for (Child child : children.values()) {
      child.removed = true;
      child.balancer.shutdown();
    }
    children.clear();
  }

  /** Chooses for each call. Safe for all threads. */
  private static final class Weighted extends SubchannelPicker {
    private final Rotation rotation;
    private final List<SubchannelPicker> pickers;
    private final AtomicLong turns;

    Weighted(Rotation rotation, List<SubchannelPicker> pickers, AtomicLong turns) {
      this.rotation = rotation;
      this.pickers = pickers;
      this.turns = turns;
    }

    @Override
    public PickResult pickSubchannel(PickSubchannelArgs args) {
      return pickers.get(rotation.next(turns)).pickSubchannel(args);
    }
  }
}
