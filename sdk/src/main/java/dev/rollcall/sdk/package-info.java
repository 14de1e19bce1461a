// SPDX-License-Identifier: Apache-2.0

/**
 * Rollcall's client: list this process, find others, follow them.
 *
 * <p>Three nouns: {@link dev.rollcall.sdk.Rollcall} is the client, {@link
 * dev.rollcall.sdk.Registration} the handle of what it listed, {@link
 * dev.rollcall.sdk.ServiceWatch} the live view of what it follows.
 *
 * <p>Behind them one {@code Session} per registry and namespace, shared in the process. Its {@code
 * Loop} (one thread) owns every mutable field; all others read immutable snapshots. {@code
 * WatchReader} is the protocol of the watch stream as a pure state machine, {@code Directory} keeps
 * the stream alive and {@code Pulse} knows whether its registry lives, {@code Homing} is the rule
 * by which one of several registries is used, {@code LastKnown} is what is left while none answers,
 * {@code Leases} keeps the registrations alive by {@code Beats} on a KeepAlive stream, {@code
 * Farewell} ends them in order.
 *
 * <p>Channels by name: {@code RollcallNameResolver} hands the instances to {@code
 * WeightedBalancer}, which shares calls by {@code Shares} and {@code Rotation}; so does {@code
 * Picker} for HTTP.
 *
 * <p>Messages by name: {@link dev.rollcall.sdk.Receiver} takes them, {@code Rollcall.send} sends
 * them, and {@code Hop} keeps them from going round in circles.
 */
@NullMarked
package dev.rollcall.sdk;

import org.jspecify.annotations.NullMarked;
