// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import io.grpc.LoadBalancer;
import io.grpc.LoadBalancerProvider;
import io.grpc.LoadBalancerRegistry;
import java.util.Objects;

/**
 * Teaches gRPC the policy {@code rollcall_weighted}, which channels to {@code rollcall:///} have
 * unless their service config says otherwise. It is registered with the name resolver, without
 * which it would know no weights, and not by gRPC's service files, which merged jars often lose.
 */
final class WeightedBalancerProvider extends LoadBalancerProvider {
  static final String POLICY = "rollcall_weighted";

  private static final int ORDINARY_PRIORITY = 5;

  static void ensureRegistered() {
    LoadBalancerRegistry registry = LoadBalancerRegistry.getDefaultRegistry();
    if (registry.getProvider(POLICY) == null) {
      registry.register(new WeightedBalancerProvider());
    }
  }

  @Override
  public LoadBalancer newLoadBalancer(LoadBalancer.Helper helper) {
    LoadBalancerProvider single =
        LoadBalancerRegistry.getDefaultRegistry().getProvider("round_robin");
    return new WeightedBalancer(helper, Objects.requireNonNull(single, "gRPC has no round_robin"));
  }

  @Override
  public String getPolicyName() {
    return POLICY;
  }

  @Override
  public boolean isAvailable() {
    return true;
  }

  @Override
  public int getPriority() {
    return ORDINARY_PRIORITY;
  }
}
