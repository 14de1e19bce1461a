// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Teaches gRPC the targets {@code rollcall:///product}, with the registry and namespace of the
 * environment, or {@code rollcall:///product?registry=host:7070,host:7070&namespace=shop&zone=a}.
 *
 * <p>gRPC finds it by itself; {@link Rollcall} registers it too, because merged jars often lose the
 * service file that gRPC reads.
 */
public final class RollcallNameResolverProvider extends NameResolverProvider {
  private static final int ORDINARY_PRIORITY = 5;

  /** For gRPC's service loader. */
  public RollcallNameResolverProvider() {}

  static void ensureRegistered() {
    WeightedBalancerProvider.ensureRegistered();
    NameResolverRegistry registry = NameResolverRegistry.getDefaultRegistry();
    if (registry.getProviderForScheme(Target.SCHEME) == null) {
      registry.register(new RollcallNameResolverProvider());
    }
  }

  @Override
  public String getDefaultScheme() {
    return Target.SCHEME;
  }

  @Override
  public @Nullable NameResolver newNameResolver(URI uri, NameResolver.Args args) {
    if (!Target.SCHEME.equals(uri.getScheme())) {
      return null;
    }
    WeightedBalancerProvider.ensureRegistered();
    Map<String, String> env = System.getenv();
    return new RollcallNameResolver(
        Target.parse(uri, env), Settings.fromEnvironment(env).cacheDirectory(), args);
  }

  @Override
  public Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
    return Set.of(InetSocketAddress.class);
  }

  @Override
  protected boolean isAvailable() {
    return true;
  }

  @Override
  protected int priority() {
    return ORDINARY_PRIORITY;
  }
}
