// SPDX-License-Identifier: Apache-2.0
package dev.rollcall.sdk;

/**
 * One change of a followed service.
 *
 * <pre>{@code
 * if (event instanceof ServiceEvent.Removed removed) {
 *   log.info("{} left: {}", removed.instance().id(), removed.cause().text());
 * }
 * }</pre>
 */
public sealed interface ServiceEvent {
  /** The instance as it is now; for {@link Removed} as it was last. */
  ServiceInstance instance();

  /** Why. */
  Cause cause();

  /** The instance can be used from now on. */
  record Added(ServiceInstance instance, Cause cause) implements ServiceEvent {}

  /** The instance can still be used, with other content. */
  record Changed(ServiceInstance before, ServiceInstance instance, Cause cause)
      implements ServiceEvent {}

  /** The instance must not be used any more. */
  record Removed(ServiceInstance instance, Cause cause) implements ServiceEvent {}
}
